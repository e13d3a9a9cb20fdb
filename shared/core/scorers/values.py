"""Quantities: what a template's numbers and the pauses before it usually are, and how far a new one lies off.

What masking hides is judged here. Every (template, slot) and every pause between two templates keeps the sorted log
values of its normal observations. A slot with few distinct values (a status, a size class) is judged by how often a
value occurs, any other by how far into, or beyond, its tails the value lies. A slot whose later values lie outside
its earlier ones (a counter, a clock) is no measure of anything and stays silent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import VALUE_SLOTS, EvidenceTable, FloatArray, RowArray

Floats = NDArray[np.float64]

LEAST_SEEN = 12  # observations before a slot says anything
MOST_SEEN = 2_000  # observations kept of a slot, spread over all of them
_FEW_DISTINCT = 8
_MARGIN = 0.1  # of a log unit: 10 % beyond everything seen is no news yet
_STEP, _MOST_STEPS = 0.3, 8.0  # of a log unit: how far a value lies from all that a category knows
_BLOCK_EDGES = (0.5, 0.67, 0.83, 1.0)
_PAUSE_KEY = np.uint64(0x9E3779B97F4A7C15)
_SLOT_KEYS = np.array([0xD1B54A32D192ED03 * (slot + 1) % 2**64 for slot in range(VALUE_SLOTS)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class _Observed:
    """Numbers of a table as (key of slot, log value, event)."""

    key: NDArray[np.uint64]
    value: Floats
    event: RowArray


class Values:
    """Surprise of the strangest quantity or pause, nats; 0 where all is usual."""

    def __init__(self, table: EvidenceTable) -> None:
        self.keys = np.zeros(0, dtype=np.uint64)
        self.slots: list[_Slot] = []
        observed = _observe(table)
        if not len(observed.key):
            return
        order = np.argsort(observed.key, kind="stable")  # within a slot the order of time stays
        keys, starts = np.unique(observed.key[order], return_index=True)
        runs = np.split(observed.value[order], starts[1:])
        kept = [(key, run) for key, run in zip(keys, runs, strict=True) if len(run) >= LEAST_SEEN]
        kept = [(key, run) for key, run in kept if not _wanders(run)]
        self.keys = np.array([key for key, _ in kept], dtype=np.uint64)
        self.slots = [_Slot(run) for _, run in kept]

    def lines(self, table: EvidenceTable) -> Floats:
        observed = _observe(table)
        surprise = np.zeros(len(table.ids))
        if not len(self.keys) or not len(observed.key):
            return surprise
        at = np.minimum(np.searchsorted(self.keys, observed.key), len(self.keys) - 1)
        known = np.flatnonzero(self.keys[at] == observed.key)
        if not len(known):
            return surprise
        order = known[np.argsort(at[known], kind="stable")]
        slots, starts = np.unique(at[order], return_index=True)
        for slot, rows in zip(slots.tolist(), np.split(order, starts[1:]), strict=True):
            np.maximum.at(surprise, observed.event[rows], self.slots[slot].surprise(observed.value[rows]))
        return surprise

    def score(self, table: EvidenceTable) -> Floats:
        lines = self.lines(table)
        return np.asarray(table.largest(lines) + 0.1 * np.log1p(table.total(lines > 4.0)))

    @classmethod
    def prequential(cls, table: EvidenceTable) -> Floats:
        """In blocks: NaN for the first half, then each block by what came before it."""
        edges = [round(len(table) * share) for share in _BLOCK_EDGES]
        scores = np.full(len(table), np.nan)
        for start, end in pairwise(edges):
            if 0 < start < end:
                scores[start:end] = cls(table.take(0, start)).score(table.take(start, end))
        return scores


class _Slot:
    def __init__(self, run: Floats) -> None:
        self.distinct, counts = np.unique(run, return_counts=True)
        self.is_category = len(self.distinct) <= min(_FEW_DISTINCT, len(run) // 6)
        self.seen = len(run)
        if self.is_category:
            self.share = counts / len(run)
            return
        step = max(1, len(run) // MOST_SEEN)
        self.ordered = np.sort(run)[::step] if step > 1 else np.sort(run)
        self.lowest, self.highest = self.distinct[0], self.distinct[-1]
        low, middle, high = np.quantile(run, (0.1, 0.5, 0.9))
        self.above = max(float(high - middle), _MARGIN) / 2.0
        self.below = max(float(middle - low), _MARGIN) / 2.0

    def surprise(self, value: Floats) -> Floats:
        """-log of how often so extreme a value is seen; beyond all seen, one nat more for each half spread."""
        if self.is_category:
            at = np.minimum(np.searchsorted(self.distinct, value), len(self.distinct) - 1)
            known = self.distinct[at] == value
            nearest = np.abs(value[:, None] - self.distinct[None, :]).min(axis=1)
            far = np.minimum(nearest / _STEP, _MOST_STEPS)
            return np.where(known, -np.log(self.share[at]), np.log(self.seen + 1.0) + far)
        n = len(self.ordered)
        at_most = np.searchsorted(self.ordered, value, side="right")
        at_least = n - np.searchsorted(self.ordered, value, side="left")
        p = np.minimum(2.0 * (np.minimum(at_most, at_least) + 1.0) / (n + 1.0), 1.0)
        over = np.maximum(value - self.highest - _MARGIN, 0.0) / self.above
        under = np.maximum(self.lowest - value - _MARGIN, 0.0) / self.below
        return np.asarray(-np.log(p) + np.maximum(over, under))


def _wanders(run: Floats) -> bool:
    """Do the later values leave the range of the earlier ones, far more often than chance lets any of them do it?"""
    half = len(run) // 2
    early, late = run[:half], run[half:]
    beyond = float(np.mean((late > early.max()) | (late < early.min())))
    by_chance = 2.0 / (half + 1.0)
    return beyond > by_chance + 3.0 * math.sqrt(by_chance / len(late))


def _observe(table: EvidenceTable) -> _Observed:
    """Every quantity under its template and slot, every pause under the two templates that it lies between."""
    event, slot = np.nonzero(~np.isnan(table.values))
    keys = table.ids[event] ^ _SLOT_KEYS[slot]
    values = _signed_log(table.values[event, slot])
    timed = np.flatnonzero(~np.isnan(table.gaps))
    pause_keys = (table.ids[timed] * np.uint64(3)) ^ table.ids[timed - 1] ^ _PAUSE_KEY
    pauses = _signed_log(table.gaps[timed])
    return _Observed(
        np.concatenate([keys, pause_keys]), np.concatenate([values, pauses]), np.concatenate([event, timed])
    )


def _signed_log(x: FloatArray) -> Floats:
    x = np.asarray(x, dtype=np.float64)
    return np.asarray(np.sign(x) * np.log1p(np.abs(x)))
