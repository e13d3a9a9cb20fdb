from __future__ import annotations

import pytest

from loglynx.bench.cutting import Cut, fixed, normal
from shared.core.records import Event
from shared.core.window_rules import WindowRule


def _events(count: int, apart_ms: int | None = 1000) -> list[Event]:
    return [Event(f"e{n}", f"e{n}", None if apart_ms is None else n * apart_ms) for n in range(count)]


def _sizes(cut: Cut, count: int) -> list[int]:
    return [len(case.events) for case in cut.cases(_events(count))]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (4, []), (5, [5]), (10, [10]), (14, [10]), (15, [10, 5]), (20, [10, 10])]
)
def test_a_remainder_is_kept_from_half_a_window_on(count: int, sizes: list[int]) -> None:
    assert _sizes(fixed(10), count) == sizes


def test_sliding_windows_share_events_and_cover_all_of_them() -> None:
    cases = Cut(4, 2).cases(_events(9), [n == 8 for n in range(9)])
    assert [case.events[0].text for case in cases] == ["e0", "e2", "e4", "e6"]
    assert [case.is_anomaly for case in cases] == [False, False, False, True]


def test_windows_under_a_rule_are_those_of_the_service() -> None:
    assert _sizes(Cut(rule=WindowRule("time", seconds=3)), 8) == [3, 3, 2]
    with pytest.raises(ValueError, match="time"):
        Cut(rule=WindowRule("time", seconds=3)).cases(_events(3, None))


def test_without_truth_no_case_is_anomalous_and_nobody_knows_the_lines() -> None:
    assert all(not case.is_anomaly and case.wrong is None for case in fixed(2).cases(_events(4)))


def test_normal_leaves_out_what_has_one_wrong_line() -> None:
    assert len(normal(fixed(2).cases(_events(6), [False] * 5 + [True]))) == 2
