"""The demonstration's logs: what is planted lies where it is said to lie, and the count is honest."""

from __future__ import annotations

import pytest

from loglynx.demo_logs import Demo, Planted, demo_logs, outcome_of
from loglynx.incident_records import FlaggedLines

FAULTS = (
    Planted("a", "timeout", "超时", "timeout", 100, 120),
    Planted("a", "disk_full", "磁盘满", "disk full", 300, 310),
    Planted("b", "deadlock", "死锁", "deadlock", 100, 101),
)


def flag(stream: str, first: int, incident: str, category: str = "timeout") -> FlaggedLines:
    return FlaggedLines(stream, frozenset(range(first, first + 10)), incident, category)


@pytest.fixture(scope="module")
def demo() -> Demo:
    return demo_logs(7)


def test_pieces_are_the_whole_log_in_order(demo: Demo) -> None:
    for stream in demo.streams:
        next_line = 1
        for piece in demo.pieces:
            if piece.stream == stream:
                assert piece.first_line == next_line
                next_line += piece.text.count("\n")
        assert next_line - 1 == demo.text_of(stream).count("\n")
    assert demo.lines > 3000


def test_both_languages_and_several_faults_are_in_it(demo: Demo) -> None:
    text = "".join(piece.text for piece in demo.pieces)
    assert any("\u4e00" <= character <= "\u9fff" for character in text)
    assert len(demo.planted) >= 3
    assert len({fault.stream for fault in demo.planted}) >= 2
    for fault in demo.planted:
        assert 1 <= fault.first_line <= fault.last_line <= demo.text_of(fault.stream).count("\n")


def test_the_same_seed_gives_the_same_logs() -> None:
    assert demo_logs(7) == demo_logs(7)
    assert demo_logs(7) != demo_logs(8)


def test_found_missed_and_extra_are_told_apart() -> None:
    outcome = outcome_of(FAULTS, [flag("a", 115, "i1"), flag("a", 400, "i2"), flag("b", 300, "i3")])
    assert outcome.found == (("timeout",), (), ())
    assert (outcome.found_count, outcome.extra) == (1, 2)


def test_an_incident_that_touches_a_fault_anywhere_is_not_extra() -> None:
    outcome = outcome_of(FAULTS, [flag("a", 310, "i1", "disk_full"), flag("a", 900, "i1", "disk_full")])
    assert (outcome.found, outcome.extra) == (((), ("disk_full",), ()), 0)


def test_a_flag_next_to_a_fault_does_not_count() -> None:
    assert outcome_of(FAULTS, [flag("a", 90, "i1"), flag("b", 102, "i2")]).found_count == 0
