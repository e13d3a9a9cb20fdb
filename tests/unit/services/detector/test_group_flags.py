"""Flagged windows of one file become findings."""

from __future__ import annotations

import pytest

from services.detector import group_flags
from services.detector.group_flags import FlaggedWindow, FlagGroups, pointed_lines
from services.detector.scan_file import MOST_LINE_NUMBERS
from shared.core.records import Event, Flag, Verdict, VerdictState
from shared.core.template_table import Sighting

LOST = "connection to the order database lost, giving up"
FULL = "no space left on the data volume, writes are refused"


def a_sighting(line: int, template: str) -> Sighting:
    return Sighting(line, line, template, Event(template, template))


def a_window(number: int, *pointed: Sighting, strangeness: float = 8.0, usual: tuple[int, ...] = ()) -> FlaggedWindow:
    seqs = tuple(sorted(s.line_number for s in pointed))
    verdict = Verdict(f"w{number}", "x.log", seqs, VerdictState.FLAGGED, 0.9, strangeness, 6.9, "m", 0)
    return FlaggedWindow(number, Flag(verdict, (), 0), pointed, frozenset(usual))


def grouped(*windows: FlaggedWindow) -> list[tuple[int, ...]]:
    groups = FlagGroups(unfolds=0.0)
    for window in windows:
        groups.add(window)
    return [finding.line_numbers for finding in groups.findings()]


def test_the_same_trouble_is_one_finding_wherever_it_stands() -> None:
    assert grouped(a_window(0, a_sighting(3, LOST)), a_window(90, a_sighting(904, LOST))) == [(3, 904)]


def test_a_name_that_was_not_masked_makes_no_other_trouble() -> None:
    worded = [f"member {name} has left the group billing and will not be waited for" for name in ("xgdu", "ocpa")]
    assert grouped(a_window(0, a_sighting(3, worded[0])), a_window(9, a_sighting(94, worded[1]))) == [(3, 94)]


def test_different_troubles_stay_apart_worst_first() -> None:
    windows = (a_window(0, a_sighting(3, LOST)), a_window(9, a_sighting(94, FULL), strangeness=12.0))
    assert grouped(*windows) == [(94,), (3,)]


def test_neighbours_that_point_at_one_template_are_one_finding() -> None:
    first = a_window(4, a_sighting(41, LOST), a_sighting(44, FULL))
    second = a_window(5, a_sighting(52, FULL))
    assert grouped(first, second) == [(41, 44, 52)]
    assert len(grouped(first, a_window(7, a_sighting(72, FULL)))) == 2, "a window lies between them"


def test_the_finding_shows_its_worst_window() -> None:
    groups = FlagGroups()
    for number, strangeness in enumerate((7.5, 11.0, 9.0)):
        groups.add(a_window(number, a_sighting(10 * number + 1, LOST), strangeness=strangeness))
    (finding,) = groups.findings() + groups.notes()
    assert finding.flag.verdict.strangeness == 11.0
    assert (finding.count, finding.templates) == (3, (LOST,))


def told_apart(*windows: FlaggedWindow) -> tuple[list[int], list[int]]:
    """First lines of the findings, and of the notes."""
    groups = FlagGroups()
    for window in windows:
        groups.add(window)
    return [f.line_numbers[0] for f in groups.findings()], [n.line_numbers[0] for n in groups.notes()]


CALM = ("log rotated", "configuration reloaded", "index rebuilt", "cache warmed", "leader elected", "shard moved")
TROUBLE = ("connection refused by the ledger", "order rejected, timeout", "queue overloaded, messages lost")


def test_windows_that_stand_alone_are_notes() -> None:
    windows = [a_window(20 * n, a_sighting(200 * n + 1, text)) for n, text in enumerate((*CALM, *TROUBLE))]
    assert told_apart(*windows) == ([], [200 * n + 1 for n in range(9)])


def test_trouble_close_together_is_a_finding_in_all_its_parts() -> None:
    windows = [a_window(10 + n, a_sighting(10 * n + 1, text)) for n, text in enumerate(TROUBLE)]
    assert told_apart(*windows) == ([1, 11, 21], [])


def test_calm_oddities_must_be_more_to_unfold() -> None:
    windows = [a_window(10 + n, a_sighting(10 * n + 1, text)) for n, text in enumerate(CALM)]
    assert told_apart(*windows[:3])[0] == []
    assert len(told_apart(*windows)[0]) == len(CALM)


def test_something_grave_is_a_finding_alone_and_lifts_no_neighbour() -> None:
    windows = (a_window(4, a_sighting(41, FULL)), a_window(6, a_sighting(61, CALM[0])))
    assert told_apart(*windows) == ([41], [61])


def test_words_that_normal_life_wrote_tell_of_no_trouble() -> None:
    windows = [a_window(10 + n, a_sighting(10 * n + 1, text), usual=(10 * n + 1,)) for n, text in enumerate(TROUBLE)]
    assert told_apart(*windows) == ([], [1, 11, 21])
    assert told_apart(a_window(4, a_sighting(41, FULL), usual=(41,))) == ([], [41])


def test_a_new_line_of_trouble_counts_beside_a_usual_one() -> None:
    beside = a_window(4, a_sighting(41, CALM[0]), a_sighting(42, FULL), usual=(41,))
    assert told_apart(beside) == ([41], [])


def test_a_line_of_two_overlapping_windows_counts_once() -> None:
    groups = FlagGroups()
    groups.add(a_window(0, a_sighting(98, LOST)))
    groups.add(a_window(1, a_sighting(98, LOST), a_sighting(101, LOST)))
    assert groups.findings()[0].count == 2


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_flags, "MOST_GROUPS", 2)
    groups = FlagGroups()
    for number in range(200):
        groups.add(a_window(2 * number, a_sighting(20 * number + 1, LOST)))
    for number, other in enumerate((FULL, "the certificate of the gateway has expired since yesterday")):
        groups.add(a_window(500 + 2 * number, a_sighting(5_000 + number, other)))
    many, _ = sorted(groups.findings(), key=lambda finding: -finding.count)
    assert (many.count, len(many.line_numbers)) == (200, MOST_LINE_NUMBERS)
    assert groups.left_out == 1


def test_lines_half_as_strange_as_the_strangest_are_pointed_at() -> None:
    window = [a_sighting(number, f"template {number}") for number in range(1, 5)]
    assert [s.line_number for s in pointed_lines(window, [1.0, 4.0, 2.0, 4.0])] == [2, 4, 3]
