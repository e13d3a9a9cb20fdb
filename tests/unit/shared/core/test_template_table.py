"""Ranking the templates of one file."""

from collections.abc import Iterable

from shared.core.records import Event, Level
from shared.core.template_table import MOST_PLACES, STANDS_OUT, Sighting, TemplateTable, group, rank


def a_table(templates: Iterable[tuple[str, Level | None]]) -> TemplateTable:
    table = TemplateTable()
    table.add(
        Sighting(position, position, template, Event(template, template, level=level))
        for position, (template, level) in enumerate(templates, start=1)
    )
    return table


def calm(count: int) -> list[tuple[str, Level | None]]:
    return [(f"step {'abcdefg'[i % 7]} done", Level.INFO) for i in range(count)]


def together(lines: list[tuple[str, Level | None]]) -> list[set[str]]:
    table = a_table(lines)
    found = group([r for r in rank(table) if r.strangeness > STANDS_OUT], table.neighbourhoods)
    return [{r.row.template for r in members} for members in found]


def test_a_calm_file_has_nothing_that_stands_out() -> None:
    assert all(r.strangeness < STANDS_OUT for r in rank(a_table(calm(5000))))


def test_a_rare_harmless_line_does_not_stand_out() -> None:
    lines = calm(5000)
    lines[3000] = ("log file rotated", Level.INFO)
    assert all(r.strangeness < STANDS_OUT for r in rank(a_table(lines)))


def test_a_rare_troubling_line_leads() -> None:
    lines = calm(5000)
    lines[3000] = ("disk controller failure, volume lost", Level.ERROR)
    first = rank(a_table(lines))[0]
    assert first.row.template == "disk controller failure, volume lost"
    assert first.strangeness > STANDS_OUT
    assert [s.position for s in first.row.context] == list(range(2996, 3006))


def test_a_burst_beats_the_same_number_spread_out() -> None:
    burst, spread = calm(10_000), calm(10_000)
    for i in range(100):
        burst[6000 + i] = ("request failed", Level.WARN)
        spread[50 + 99 * i] = ("request failed", Level.WARN)
    in_burst = next(r for r in rank(a_table(burst)) if r.row.template == "request failed")
    spread_out = next(r for r in rank(a_table(spread)) if r.row.template == "request failed")
    assert in_burst.strangeness > spread_out.strangeness + 1.0


def test_what_happens_together_is_one_finding() -> None:
    lines = calm(5000)
    lines[3000:3002] = [("connection to db lost", Level.ERROR), ("cannot store order", Level.ERROR)]
    lines[900] = ("certificate expired", Level.ERROR)
    groups = together(lines)
    assert sorted(len(members) for members in groups) == [1, 2]


def test_what_fails_every_night_is_no_part_of_an_attack_that_goes_on_for_weeks() -> None:
    lines = calm(20_000)
    for place in range(2_000, 18_000, 30):
        lines[place] = ("failed password for root", None)
    for night in range(400, 20_000, 400):
        lines[night] = ("rotation job failed with an exception", Level.ERROR)
    assert together(lines) == [{"failed password for root"}, {"rotation job failed with an exception"}]


def test_what_always_comes_with_it_belongs_to_it_however_often() -> None:
    lines = calm(20_000)
    for place in range(2_000, 18_000, 500):
        lines[place : place + 2] = [("connection to db lost", Level.ERROR), ("cannot store order", Level.ERROR)]
    assert together(lines) == [{"connection to db lost", "cannot store order"}]


def test_memory_is_bounded_by_templates_and_places(monkeypatch) -> None:
    monkeypatch.setattr("shared.core.template_table.MOST_TEMPLATES", 100)
    table = a_table([(f"template {i}", None) for i in range(500)] + [("template 1", None)] * 1000)
    assert len(table.rows) == 100
    assert table.overflowed == 400
    assert table.rows["template 1"].count == 1001
    assert len(table.rows["template 1"].places) == MOST_PLACES
