"""The same strange templates are the same anomaly."""

from __future__ import annotations

from loglynx import repeats
from loglynx.repeats import Repeats
from shared.core.records import Flag, FlaggedEvent, Reason, Verdict, VerdictState


def a_flag(*templates: str, pointed_at: tuple[int, ...] = ()) -> Flag:
    verdict = Verdict(
        "w", "s", (0,), VerdictState.FLAGGED, 0.9, 9.0, 5.0, "m", 1, reasons=(Reason("new_template", pointed_at),)
    )
    events = tuple(FlaggedEvent(n + 1, n, template, template) for n, template in enumerate(templates))
    return Flag(verdict, events, 0)


def test_only_what_stands_out_counts() -> None:
    seen = Repeats()
    assert seen.count(a_flag("normal <NUM>", "boom", pointed_at=(1,))) == 1
    assert seen.count(a_flag("boom", "other", pointed_at=(0,))) == 2
    assert seen.count(a_flag("boom", "crash", pointed_at=(0, 1))) == 1


def test_without_reasons_the_whole_window_counts() -> None:
    seen = Repeats()
    assert [seen.count(a_flag("a", "b")), seen.count(a_flag("b", "a", "a")), seen.count(a_flag("a"))] == [1, 2, 1]


def test_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(repeats, "MOST_REMEMBERED", 2)
    seen = Repeats()
    for template in "abc":
        seen.count(a_flag(template))
    assert [seen.count(a_flag("c")), seen.count(a_flag("a"))] == [2, 1]
