"""Quantities: what a template's numbers and the pauses before it usually are, and how far a new one lies off.

What masking hides is judged here, and what a record says beside its message. Each number has a slot of its own
(shared.core.scorers.slots): that of its template and place, of its template and field, or, for a pause, of the two
templates that it lies between. ``Values`` and ``Pauses`` look for the strangest single one; ``Pace`` asks whether all
pauses of a window together are longer or shorter than usual.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import VALUE_SLOTS, EvidenceTable, FloatArray
from shared.core.scorers.slots import Observed, Slots

Floats = NDArray[np.float64]

FEWEST_PAUSES = 3  # of a window that has a pace
_BORROWED = 2.0  # pauses of any kind that stand behind the usual pause of two templates
_LONGEST = 0.99  # of all pauses: a longer one counts as that long in what is usual, not in what passed
_LEAST_SPREAD = 0.1  # of a log unit
_BLOCK_EDGES = (0.5, 0.67, 0.83, 1.0)
_PAUSE_KEY = np.uint64(0x9E3779B97F4A7C15)
_NAME_FACTOR = np.uint64(0xC2B2AE3D27D4EB4F)
_SLOT_KEYS = np.array([0xD1B54A32D192ED03 * (slot + 1) % 2**64 for slot in range(VALUE_SLOTS)], dtype=np.uint64)


class Pauses:
    """Surprise of the strangest pause, nats; 0 where all is usual."""

    def __init__(self, table: EvidenceTable) -> None:
        self.slots = Slots(self.observe(table))

    def lines(self, table: EvidenceTable) -> Floats:
        observed = self.observe(table)
        surprise = np.zeros(len(table.ids))
        np.maximum.at(surprise, observed.event, self.slots.surprise(observed))
        return surprise

    def score(self, table: EvidenceTable) -> Floats:
        lines = self.lines(table)
        return np.asarray(table.largest(lines) + 0.1 * np.log1p(table.total(lines > 4.0)))

    @classmethod
    def prequential(cls, table: EvidenceTable) -> Floats:
        return _in_blocks(table, cls)

    @staticmethod
    def observe(table: EvidenceTable) -> Observed:
        """Every pause under the two templates that it lies between."""
        timed = np.flatnonzero(~np.isnan(table.gaps))
        keys = (table.ids[timed] * np.uint64(3)) ^ table.ids[timed - 1] ^ _PAUSE_KEY
        return Observed(keys, _signed_log(table.gaps[timed]), timed, np.zeros(len(timed), dtype=bool))


class Values(Pauses):
    """Surprise of the strangest quantity, nats; 0 where all is usual."""

    @staticmethod
    def observe(table: EvidenceTable) -> Observed:
        """Every quantity under its template and place, or under its template and the name of its field."""
        event, slot = np.nonzero(~np.isnan(table.values))
        said, place = np.nonzero(table.attribute_keys)
        names = table.attribute_keys[said, place]
        return Observed(
            np.concatenate([table.ids[event] ^ _SLOT_KEYS[slot], table.ids[said] ^ (names * _NAME_FACTOR)]),
            _signed_log(np.concatenate([table.values[event, slot], table.attributes[said, place]])),
            np.concatenate([event, said]),
            np.concatenate([np.zeros(len(event), dtype=bool), (names & 1).astype(bool)]),
        )


class Pace:
    """Is a window written faster or slower than its lines usually are? In units of the usual spread, to either side.

    What is compared is the log ratio of the time that passed to the time that pauses between the same templates
    usually take together: other lines do not make another pace. One long silence is a slow pace, too.
    """

    def __init__(self, table: EvidenceTable) -> None:
        observed = Pauses.observe(table)
        self.keys, place, seen = np.unique(observed.key, return_inverse=True, return_counts=True)
        pauses = np.expm1(observed.value)
        self.longest = float(np.quantile(pauses, _LONGEST)) if len(pauses) else 0.0
        pauses = np.minimum(pauses, self.longest)
        self.overall = float(pauses.mean()) if len(pauses) else 0.0
        total = np.bincount(place, pauses, len(self.keys)) + _BORROWED * self.overall
        self.usual = total / (seen + _BORROWED)
        ratio = self._ratio(table)
        ratio = ratio[~np.isnan(ratio)]
        spread = np.quantile(ratio, (0.16, 0.5, 0.84)) if len(ratio) else np.zeros(3)
        self.low, self.centre, self.high = (float(edge) for edge in spread)

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        away = self._ratio(table) - self.centre
        slower = away / max(self.high - self.centre, _LEAST_SPREAD)
        faster = -away / max(self.centre - self.low, _LEAST_SPREAD)
        return np.asarray(np.where(away > 0, slower, faster))

    @classmethod
    def prequential(cls, table: EvidenceTable) -> Floats:
        return _in_blocks(table, cls)

    def _ratio(self, table: EvidenceTable) -> Floats:
        """(n,) log of time passed over time usual; NaN for windows with fewer than FEWEST_PAUSES."""
        observed = Pauses.observe(table)
        at = np.minimum(np.searchsorted(self.keys, observed.key), len(self.keys) - 1)
        is_known = self.keys[at] == observed.key if len(self.keys) else np.zeros(len(at), dtype=bool)
        usual = np.full(len(at), self.overall)
        usual[is_known] = self.usual[at[is_known]]
        window = table.window[observed.event]
        passed = np.bincount(window, np.expm1(observed.value), len(table))
        expected = np.bincount(window, usual, len(table))
        count = np.bincount(window, minlength=len(table))
        return np.where(count >= FEWEST_PAUSES, np.log((passed + 1.0) / (expected + 1.0)), np.nan)


def _in_blocks(table: EvidenceTable, fit: Callable[[EvidenceTable], Pauses | Pace]) -> Floats:
    """NaN for the first half, then each block by what came before it."""
    edges = [round(len(table) * share) for share in _BLOCK_EDGES]
    scores = np.full(len(table), np.nan)
    for start, end in pairwise(edges):
        if 0 < start < end:
            scores[start:end] = fit(table.take(0, start)).score(table.take(start, end))
    return scores


def _signed_log(x: FloatArray) -> Floats:
    x = np.asarray(x, dtype=np.float64)
    return np.asarray(np.sign(x) * np.log1p(np.abs(x)))
