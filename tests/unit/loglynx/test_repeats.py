"""What goes on is told from what is new."""

from __future__ import annotations

import pytest

from loglynx import repeats
from loglynx.repeats import Repeats, kind_of
from services.analyzer.signature import MERGE_WITHIN_MS
from shared.core.records import Flag, FlaggedEvent, Reason, Verdict, VerdictState

VAGUE = "new_behaviour"


def a_flag(*templates: str, pointed_at: tuple[int, ...] = ()) -> Flag:
    verdict = Verdict(
        "w", "s", (0,), VerdictState.FLAGGED, 0.9, 9.0, 5.0, "m", 1, reasons=(Reason("new_template", pointed_at),)
    )
    events = tuple(FlaggedEvent(n + 1, n, template, template) for n, template in enumerate(templates))
    return Flag(verdict, events, 0)


def test_a_category_that_says_enough_is_one_trouble() -> None:
    seen = Repeats()
    assert [seen.count(kind_of(a_flag("a"), "timeout"), 1000), seen.count(kind_of(a_flag("b"), "timeout"), 2000)] == [
        1,
        2,
    ]
    assert seen.count(kind_of(a_flag("a"), "disk_full"), 2000) == 1


def test_a_vague_one_is_told_by_what_stands_out() -> None:
    seen = Repeats()
    assert seen.count(kind_of(a_flag("normal <NUM>", "boom", pointed_at=(1,)), VAGUE), 1) == 1
    assert seen.count(kind_of(a_flag("boom", "other", pointed_at=(0,)), VAGUE), 1) == 2
    assert seen.count(kind_of(a_flag("boom", "crash", pointed_at=(0, 1)), VAGUE), 1) == 1
    assert [
        seen.count(kind_of(a_flag("a", "b"), VAGUE), 1),
        seen.count(kind_of(a_flag("b", "a", "a"), VAGUE), 1),
    ] == [1, 2]


def test_after_a_pause_it_is_news() -> None:
    seen = Repeats()
    times = [
        seen.count(kind_of(a_flag("a"), "timeout"), at) for at in (1, MERGE_WITHIN_MS, 2 * MERGE_WITHIN_MS, 10**9)
    ]
    assert times == [1, 2, 3, 1]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MOST_REMEMBERED", 2)
    seen = Repeats()
    for template in "abc":
        seen.count(kind_of(a_flag(template), VAGUE), 1)
    assert [seen.count(kind_of(a_flag("c"), VAGUE), 1), seen.count(kind_of(a_flag("a"), VAGUE), 1)] == [2, 1]


def test_a_title_lasts_as_long_as_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MOST_REMEMBERED", 1)
    seen = Repeats()
    first, second = frozenset("a"), frozenset("b")
    seen.count(first, 1)
    seen.entitle(first, "Disk full")
    seen.count(first, 2)
    assert (seen.title(first), seen.title(second)) == ("Disk full", "")
    seen.count(second, 3)
    assert seen.title(first) == ""
