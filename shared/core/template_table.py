"""Every template of one file, with what is needed to say which stand out: how often, where, how spread, how worded.

The table is transductive: it is filled in one pass over a file and ranked at the end, so that "rare" means rare in
this very file. Memory is bounded: beyond ``MOST_TEMPLATES`` further new templates are only counted.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from shared.core.lexicon import INJECTION, tells_of_attack, trouble
from shared.core.records import Event, Level

MOST_TEMPLATES = 50_000
MOST_CONTEXTS = 10_000
MOST_PLACES = 50
MOST_POSITIONS = 4_000  # of one template, and in all:
MOST_POSITIONS_IN_ALL = 500_000
TROUBLED = -1.5  # log-odds of the words; the positions of what speaks worse than this are kept
SLICES = 64
NEIGHBOURHOOD = 20  # events; two templates in one neighbourhood belong together
CONTEXT_BEFORE, CONTEXT_AFTER = 5, 4


@dataclass(frozen=True, slots=True)
class Sighting:
    """One event of a file: its position among the events and its first line, both from 1."""

    position: int
    line_number: int
    template: str
    event: Event


@dataclass(slots=True)
class TemplateRow:
    """One template: occurrences, the neighbourhoods it occurs in, its first places and the context of the first.

    positions  of the events, where the words tell of trouble, the first MOST_POSITIONS
    slices     occurrences by position in the file, in up to SLICES equal parts
    """

    template: str
    trouble: float
    count: int = 0
    neighbourhoods: int = 0
    last_neighbourhood: int = -1
    places: list[Sighting] = field(default_factory=list)
    near: set[int] = field(default_factory=set)
    levels: set[Level | None] = field(default_factory=set)
    context: list[Sighting] = field(default_factory=list)
    positions: array[int] = field(default_factory=lambda: array("Q"))
    slices: list[int] = field(default_factory=lambda: [0] * SLICES)


class TemplateTable:
    """Filled by ``add``; ``rows`` hold the result."""

    def __init__(self) -> None:
        self.rows: dict[str, TemplateRow] = {}
        self.events = 0
        self.overflowed = 0
        self._slice_width = NEIGHBOURHOOD
        self._before: list[Sighting] = []
        self._open_contexts: list[tuple[int, TemplateRow]] = []
        self._contexts = 0
        self._positions = 0

    @property
    def neighbourhoods(self) -> int:
        return math.ceil(self.events / NEIGHBOURHOOD)

    @property
    def injections(self) -> int:
        """Events that carry code, of all templates: one attack tries every page."""
        return sum(row.count for row in self.rows.values() if INJECTION in row.template)

    @property
    def used_slices(self) -> int:
        return max(1, math.ceil(self.events / self._slice_width))

    def add(self, sightings: Iterable[Sighting]) -> None:
        for sighting in sightings:
            self._add(sighting)

    def _add(self, sighting: Sighting) -> None:
        self.events += 1
        while self.events > SLICES * self._slice_width:
            self._widen()
        for until, waiting in self._open_contexts:
            if sighting.position <= until:
                waiting.context.append(sighting)
        if self._open_contexts and self._open_contexts[0][0] <= sighting.position:
            self._open_contexts = [entry for entry in self._open_contexts if entry[0] > sighting.position]
        row = self.rows.get(sighting.template)
        if row is None:
            row = self._new_row(sighting)
        if row is not None:
            self._count(row, sighting)
        self._before = [*self._before[-(CONTEXT_BEFORE - 1) :], sighting]

    def _new_row(self, sighting: Sighting) -> TemplateRow | None:
        if len(self.rows) >= MOST_TEMPLATES:
            self.overflowed += 1
            return None
        row = TemplateRow(sighting.template, 0.0)
        self.rows[sighting.template] = row
        if self._contexts < MOST_CONTEXTS:
            self._contexts += 1
            row.context = [*self._before, sighting]
            self._open_contexts.append((sighting.position + CONTEXT_AFTER, row))
        return row

    def _count(self, row: TemplateRow, sighting: Sighting) -> None:
        row.count += 1
        if row.count <= MOST_PLACES:
            row.places.append(sighting)
        if sighting.event.level not in row.levels:
            row.levels.add(sighting.event.level)
            row.trouble = max(row.trouble, trouble(row.template, sighting.event.level))
        self._note_position(row, sighting.position)
        neighbourhood = (self.events - 1) // NEIGHBOURHOOD
        if neighbourhood != row.last_neighbourhood:
            row.last_neighbourhood = neighbourhood
            row.neighbourhoods += 1
            if len(row.near) < MOST_PLACES:
                row.near.add(neighbourhood)
        row.slices[(self.events - 1) // self._slice_width] += 1

    def _note_position(self, row: TemplateRow, position: int) -> None:
        is_room = len(row.positions) < MOST_POSITIONS and self._positions < MOST_POSITIONS_IN_ALL
        if is_room and log_odds(row.trouble) > TROUBLED:
            row.positions.append(position)
            self._positions += 1

    def _widen(self) -> None:
        self._slice_width *= 2
        for row in self.rows.values():
            halves = row.slices
            row.slices = [halves[i] + halves[i + 1] for i in range(0, SLICES, 2)] + [0] * (SLICES // 2)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A template and why it stands out: nats of rarity, of concentration in the file, and the odds of its words."""

    row: TemplateRow
    strangeness: float
    rarity: float
    concentration: float
    word_odds: float


RARITY_WEIGHT = 0.55
CONCENTRATION_WEIGHT = 0.6
VOLUME_WEIGHT = 1.0
MOST_VOLUME = 6.0  # nats: about 400 events
# Below this no file, however odd, has a finding: rare harmless lines and chronic warnings stay under it.
STANDS_OUT = 2.5
SAME_SHARE = 0.7
_TOKEN = re.compile(r"[A-Za-z0-9_<>]+|[\u4e00-\u9fff]|[^\s\w]")  # words; Chinese character by character
_COMPARED = 400
_CHRONIC = 10  # neighbourhoods


def rank(table: TemplateTable) -> list[Ranked]:
    """All templates of ``table``, strangest first."""
    slices, injections = table.used_slices, table.injections
    ranked = [_rank_one(row, rarity_of(row, table), slices, injections) for row in table.rows.values()]
    return sorted(ranked, key=lambda r: (-r.strangeness, r.row.places[0].position))


def rarity_of(row: TemplateRow, table: TemplateTable) -> float:
    """Nats: how few of the file's neighbourhoods hold the template."""
    return -math.log(row.neighbourhoods / table.neighbourhoods)


def log_odds(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _rank_one(row: TemplateRow, rarity: float, slices: int, injections: int) -> Ranked:
    counts = np.array(row.slices[:slices], dtype=np.float64)
    share = counts[counts > 0] / counts.sum()
    spread = math.exp(float(-(share * np.log(share)).sum())) / min(slices, max(row.count, 1))
    concentration = -math.log(min(1.0, spread)) if row.count >= 5 else 0.0
    odds = log_odds(row.trouble)
    where = max(RARITY_WEIGHT * rarity, CONCENTRATION_WEIGHT * concentration)
    if tells_of_attack(row.template):
        volume = injections if INJECTION in row.template else row.count
        where = VOLUME_WEIGHT * min(math.log(volume), MOST_VOLUME)
    return Ranked(row, odds + where, rarity, concentration, odds)


def group(ranked: Sequence[Ranked], neighbourhoods: int) -> list[list[Ranked]]:
    """Templates that occur in the same neighbourhoods, or say nearly the same, together; strangest first.

    neighbourhoods  of the whole file
    """
    groups: list[tuple[set[int], list[Ranked]]] = []
    for entry in ranked:
        near = entry.row.near
        for place, members in groups:
            leader = members[0].row
            if _is_together(place, near, neighbourhoods) or says_the_same(leader.places[0], entry.row.places[0]):
                members.append(entry)
                place.update(_around(near))
                break
        else:
            groups.append((_around(near), [entry]))
    return [members for _, members in groups]


def _around(near: set[int]) -> set[int]:
    return {n + step for n in near for step in (-1, 0, 1)}


def _is_together(place: set[int], near: set[int], neighbourhoods: int) -> bool:
    """Half of ``near`` lies in ``place``, and ``place`` (three times as wide, see _around) is not everywhere else.

    What comes again and again meets anything that does so too. It belongs together only where that is twice as
    often as chance explains: a job that fails every night is no part of an attack that goes on for weeks.
    """
    shared = len(place & near)
    if 2 * shared < len(near) or 15 * shared < len(place):
        return False
    if len(near) < _CHRONIC:
        return True
    stretch = neighbourhoods if len(near) < MOST_PLACES else max(near) + 1
    by_chance = sum(1 for n in place if n < stretch) / stretch
    return shared >= 2 * by_chance * len(near)


def says_the_same(a: Sighting, b: Sighting) -> bool:
    """Two templates that differ in a name or two: a variable that the masks did not know; or two that carry code."""
    if INJECTION in a.template and INJECTION in b.template:
        return True
    if a.event.source != b.event.source:
        return False
    left, right = Counter(_TOKEN.findall(a.template[:_COMPARED])), Counter(_TOKEN.findall(b.template[:_COMPARED]))
    size = left.total() + right.total()
    return size >= 6 and 2 * (left & right).total() >= SAME_SHARE * size
