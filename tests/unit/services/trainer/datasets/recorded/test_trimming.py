from __future__ import annotations

from services.trainer.datasets.recorded.lab import RecordedLine
from services.trainer.datasets.recorded.trimming import FAULT_LINES, NORMAL_LINES, trim


def lines(stream: str, phase: str, count: int) -> list[RecordedLine]:
    return [RecordedLine(stream, phase, f"{phase} {number}") for number in range(count)]


def test_what_is_short_stays_whole() -> None:
    recorded = lines("a", "normal", 50) + lines("a", "fault:x", 20) + lines("a", "normal", 30)
    assert trim(recorded) == recorded


def test_streams_are_put_apart_in_order() -> None:
    mixed = [RecordedLine("ab"[n % 2], "normal", str(n)) for n in range(6)]
    assert [line.line for line in trim(mixed)] == ["0", "2", "4", "1", "3", "5"]


def test_each_stretch_keeps_its_beginning() -> None:
    recorded = lines("a", "normal", NORMAL_LINES) + lines("a", "fault:x", 9) + lines("a", "normal", NORMAL_LINES)
    kept = trim(recorded)
    assert len(kept) == NORMAL_LINES + 9
    assert [line.line for line in kept[:3]] == ["normal 0", "normal 1", "normal 2"]
    assert kept[NORMAL_LINES // 2 + 9].line == "normal 0"


def test_every_fault_has_an_allowance_of_its_own() -> None:
    recorded = lines("a", "fault:x", 2 * FAULT_LINES) + lines("a", "fault:y", 5)
    kept = trim(recorded)
    assert sum(line.phase == "fault:x" for line in kept) == FAULT_LINES
    assert sum(line.phase == "fault:y" for line in kept) == 5
