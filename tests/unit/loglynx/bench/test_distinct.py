from __future__ import annotations

from bench_cases import events_of

from loglynx.bench.distinct import DistinctWindows


def test_equal_windows_are_kept_once_in_their_order() -> None:
    given = [events_of("a", "b"), events_of("b", "a"), events_of("a", "b"), events_of("a"), events_of("b", "a")]
    found = DistinctWindows.of(given)
    assert found.windows == [given[0], given[1], given[3]]
    assert found.row.tolist() == [0, 1, 0, 2, 1]


def test_equality_is_by_content_and_not_by_object() -> None:
    shared = events_of("a")
    assert DistinctWindows.of([shared, shared, events_of("a"), events_of("A")]).row.tolist() == [0, 0, 0, 1]


def test_a_time_makes_a_window_its_own() -> None:
    given = [events_of("a", at_ms=5), events_of("a", at_ms=5), events_of("a"), events_of("a")]
    assert DistinctWindows.of(given).row.tolist() == [0, 1, 2, 2]


def test_windows_with_and_without_times_are_not_mixed_up() -> None:
    given = [events_of("a"), events_of("b", at_ms=0), events_of("a")]
    assert DistinctWindows.of(given).row.tolist() == [0, 1, 0]


def test_nothing_and_empty_windows() -> None:
    assert DistinctWindows.of([]).windows == []
    assert DistinctWindows.of([(), ()]).row.tolist() == [0, 0]
