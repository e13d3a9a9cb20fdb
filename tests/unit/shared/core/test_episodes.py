"""Trouble that unfolds weighs more than the same trouble alone."""

from collections.abc import Iterable

import pytest

from shared.core.episodes import SPAN, UNFOLDS, episodes
from shared.core.records import Event, Level
from shared.core.template_table import Sighting, TemplateTable

LOST = ("connection to the database lost", Level.ERROR)
REFUSED = ("payment service refused the order", Level.ERROR)
ABORTED = ("checkout aborted after a timeout", Level.WARN)
HABIT = ("slow answer from the cache", Level.WARN)
FULL = ("write failed: no space left on device", Level.ERROR)
Line = tuple[str, Level | None]


def calm(count: int) -> list[Line]:
    return [(f"step {'abcdefg'[i % 7]} done", Level.INFO) for i in range(count)]


def lived_in(count: int) -> list[Line]:
    """Calm, but for a mild warning now and then: not the only trouble of its file."""
    lines = calm(count)
    for at in range(70, count, 400):
        lines[at] = HABIT
    return lines


def weights(lines: Iterable[Line]) -> dict[str, float]:
    table = TemplateTable()
    table.add(
        Sighting(position, position, template, Event(template, template, level=level))
        for position, (template, level) in enumerate(lines, start=1)
    )
    return episodes(table)


def with_lines(lines: list[Line], *placed: tuple[int, Line]) -> list[Line]:
    for at, line in placed:
        lines[at] = line
    return lines


def test_a_calm_file_has_no_episodes() -> None:
    assert weights(calm(3000)) == {}


def test_a_lone_error_does_not_unfold() -> None:
    assert weights(with_lines(lived_in(3000), (1500, LOST)))[LOST[0]] < UNFOLDS


def test_different_trouble_close_together_unfolds() -> None:
    placed = (1500, LOST), (1510, REFUSED), (1520, ABORTED)
    found = weights(with_lines(lived_in(3000), *placed))
    assert all(found[line[0]] > UNFOLDS for _, line in placed)


def test_the_same_trouble_far_apart_does_not() -> None:
    placed = (500, LOST), (1500, REFUSED), (2500, ABORTED)
    found = weights(with_lines(lived_in(3000), *placed))
    assert all(found[line[0]] < UNFOLDS for _, line in placed)


def test_a_burst_unfolds_and_the_same_number_spread_out_does_not() -> None:
    burst = weights(with_lines(lived_in(3000), *((1500 + 4 * i, LOST) for i in range(9))))
    spread = weights(with_lines(lived_in(3000), *((150 + 300 * i, LOST) for i in range(9))))
    assert spread[LOST[0]] < UNFOLDS < burst[LOST[0]]


def test_what_the_file_does_all_its_life_is_no_news() -> None:
    """The same three lines together, thirty times over."""
    placed = [(50 + 100 * i + step, line) for i in range(30) for step, line in enumerate((LOST, REFUSED, ABORTED))]
    found = weights(with_lines(lived_in(3100), *placed))
    assert all(found[line[0]] < UNFOLDS for line in (LOST, REFUSED, ABORTED))


def test_a_long_storm_is_one_occasion() -> None:
    storm = [(2000 + 2 * i, LOST) for i in range(900)]
    assert weights(with_lines(lived_in(12_000), *storm))[LOST[0]] > UNFOLDS


@pytest.mark.parametrize("times", [1, 12])
def test_grave_words_need_no_company(times: int) -> None:
    placed = [(100 + 200 * i, FULL) for i in range(times)]
    assert weights(with_lines(lived_in(3000), *placed))[FULL[0]] > UNFOLDS


def test_the_only_trouble_of_a_file_counts_if_it_is_plain_or_the_file_long() -> None:
    mild = ("answer dropped, client lost", Level.WARN)
    assert weights(with_lines(calm(3000), (1500, LOST)))[LOST[0]] > UNFOLDS
    assert weights(with_lines(calm(3000), (1500, mild)))[mild[0]] < UNFOLDS
    assert weights(with_lines(calm(12_000), (1500, mild)))[mild[0]] > UNFOLDS


def test_a_flood_of_errors_or_attempts_counts_wherever_it_lies() -> None:
    knock = ("Failed password for root from <IP> port <NUM> ssh2", None)
    for line in (LOST, knock):
        placed = [(7 + 20 * i, line) for i in range(140)]
        assert weights(with_lines(lived_in(3000), *placed))[line[0]] > UNFOLDS


def test_a_span_ends() -> None:
    placed = (1000, LOST), (1000 + SPAN, REFUSED), (1000 + 2 * SPAN, ABORTED)
    near = weights(with_lines(lived_in(3000), *placed))
    assert near[LOST[0]] < UNFOLDS


def test_a_log_of_errors_alone_is_no_normal_life() -> None:
    errors = [LOST, REFUSED, ("report failed on an unknown column", Level.ERROR)]
    found = weights([errors[i % 3] if i % 4 == 0 else ("trace goes on", Level.INFO) for i in range(24)])
    assert all(found[text] > UNFOLDS for text, _ in errors)
