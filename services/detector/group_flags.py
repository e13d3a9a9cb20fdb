"""Put the flagged windows of one file together into findings, while they come.

In: flagged windows in the order of the file, each with the lines that made it strange, strangest first. Out:
findings and notes, worst first. Two windows belong together when their strangest lines say the same, give or take a
name, or when one follows the other and both point at one template. What unfolds is a finding: flagged windows close
together, of which words of trouble count for three times as much as calm ones, or one that tells of something grave.
Words that normal life wrote itself tell of no trouble: a deadlock that is dumped every day. The rest is notes: a
counter that moved on, a line never seen before. Memory is bounded: a finding keeps its worst window and its first
line numbers, and beyond MOST_GROUPS a window of a new kind is only counted.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.detector.scan_file import MOST_LINE_NUMBERS, Finding
from shared.core.episodes import word_weight
from shared.core.lexicon import is_grave, trouble
from shared.core.records import Flag, Severity
from shared.core.template_table import Sighting, log_odds, says_the_same

MOST_GROUPS = 1_000
_COMPARED = 50  # the first so many findings are compared by words, so that a file of strangers costs no square
UNFOLDS = 2.3
_SPAN = 6  # windows
_CALM_WEIGHT = 0.5
_RECENT_LINES = 40  # windows that overlap do not count a line twice


@dataclass(frozen=True, slots=True)
class FlaggedWindow:
    """``number`` counts the file's windows from 0; ``pointed`` are its strange lines, the strangest first.

    usual  line numbers among them whose templates normal life wrote too (usual_templates.py)
    """

    number: int
    flag: Flag
    pointed: tuple[Sighting, ...]
    usual: frozenset[int] = frozenset()

    @property
    def weight(self) -> float:
        """What it adds to an episode: the root of strangeness over threshold, more if new lines tell of trouble."""
        verdict = self.flag.verdict
        new = [sighting for sighting in self.pointed if sighting.line_number not in self.usual]
        if any(is_grave(sighting.template, sighting.event.level) for sighting in new):
            return math.inf
        words = (word_weight(log_odds(trouble(sighting.template, sighting.event.level))) for sighting in new)
        return (_CALM_WEIGHT + max(words, default=0.0)) * math.sqrt(verdict.strangeness / verdict.threshold)


@dataclass(slots=True)
class _Group:
    leader: Sighting
    flag: Flag
    last_window: int
    weight: float = 0.0
    count: int = 0
    line_numbers: list[int] = field(default_factory=list)
    recent: list[int] = field(default_factory=list)
    templates: dict[str, None] = field(default_factory=dict)


class FlagGroups:
    """Filled by ``add``; ``findings`` and ``notes`` are the result, ``left_out`` the windows without room.

    unfolds  weight above which an episode is a finding; with 0 every flagged window is one
    """

    def __init__(self, unfolds: float = UNFOLDS) -> None:
        self.left_out = 0
        self._unfolds = unfolds
        self._episode: deque[tuple[int, float, _Group]] = deque()
        self._groups: list[_Group] = []
        self._by_leader: dict[str, _Group] = {}
        self._last: _Group | None = None

    def add(self, window: FlaggedWindow) -> None:
        group = self._group_of(window)
        if group is None:
            self.left_out += 1
            return
        if window.flag.verdict.strangeness > group.flag.verdict.strangeness:
            group.flag = window.flag
        for sighting in sorted(window.pointed, key=lambda s: s.line_number):
            if sighting.line_number in group.recent:
                continue
            group.count += 1
            group.recent = [*group.recent[-_RECENT_LINES:], sighting.line_number]
            if len(group.line_numbers) < MOST_LINE_NUMBERS:
                group.line_numbers.append(sighting.line_number)
            if len(group.templates) < MOST_LINE_NUMBERS:
                group.templates[sighting.template] = None
        group.last_window = window.number
        self._last = group
        self._weigh(window, group)

    def _weigh(self, window: FlaggedWindow, group: _Group) -> None:
        self._episode.append((window.number, window.weight, group))
        while window.number - self._episode[0][0] >= _SPAN:
            self._episode.popleft()
        together = sum(weight for _, weight, _ in self._episode if weight < math.inf)
        for _, weight, near in self._episode:
            near.weight = max(near.weight, together, weight)

    def findings(self) -> list[Finding]:
        """Worst first; of equals, the earlier."""
        return [_finding(group) for group in self._worst_first() if group.weight > self._unfolds]

    def notes(self) -> list[Finding]:
        """What stands alone, worst first."""
        return [_finding(group) for group in self._worst_first() if group.weight <= self._unfolds]

    def _worst_first(self) -> list[_Group]:
        return sorted(self._groups, key=lambda group: -group.flag.verdict.strangeness)

    def _group_of(self, window: FlaggedWindow) -> _Group | None:
        leader = window.pointed[0]
        known = self._by_leader.get(leader.template) or self._running(window) or self._alike(leader)
        if known is None:
            if len(self._groups) >= MOST_GROUPS:
                return None
            known = _Group(leader, window.flag, window.number)
            self._groups.append(known)
        if len(self._by_leader) < MOST_LINE_NUMBERS * MOST_GROUPS:
            self._by_leader.setdefault(leader.template, known)
        return known

    def _running(self, window: FlaggedWindow) -> _Group | None:
        """The finding of the window just before, if both point at one template."""
        last = self._last
        if last is None or window.number - last.last_window > 1:
            return None
        return last if any(sighting.template in last.templates for sighting in window.pointed) else None

    def _alike(self, leader: Sighting) -> _Group | None:
        return next((group for group in self._groups[:_COMPARED] if says_the_same(group.leader, leader)), None)


def _finding(group: _Group) -> Finding:
    verdict = group.flag.verdict
    return Finding(
        score=round(verdict.score, 4),
        severity=verdict.severity or Severity.LOW,
        count=group.count,
        line_numbers=tuple(sorted(group.line_numbers)),
        templates=tuple(group.templates),
        reasons=verdict.reasons,
        flag=group.flag,
    )


def pointed_lines(
    window: Sequence[Sighting], strangeness: Sequence[float], share: float = 0.5
) -> tuple[Sighting, ...]:
    """The lines at least ``share`` as strange as the window's strangest, that one first; of equals the earlier."""
    order = sorted(range(len(window)), key=lambda at: -strangeness[at])
    return tuple(window[at] for at in order if strangeness[at] >= share * strangeness[order[0]])
