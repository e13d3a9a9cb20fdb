"""Slots: the usual numbers, or words, of one place in a template, and how unusual another one is.

A slot keeps the sorted log values of its normal observations. One with few distinct values (a status, a size class)
is judged by how often a value occurs, any other by how far into, or beyond, its tails the value lies. A slot whose
later values lie outside its earlier ones (a counter, a clock) is no measure of anything and stays silent; one that
moves slowly, or was seldom seen, has not shown its range.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import RowArray

Floats = NDArray[np.float64]

LEAST_SEEN = 12  # observations before a slot says anything
MOST_SEEN = 2_000  # observations kept of a slot, spread over all of them
_FEW_DISTINCT = 8
MOST_CONSTANT = 50  # times a number that never varied counts: it may be whose line it is, and no measure
_MARGIN = 0.1  # of a log unit: 10 % beyond everything seen is no news yet
_MOST_CORRELATED = 0.95
_OTHER_CLASS = 3.0  # nats: an answer of a class never seen lies as far off as 500 lies from 200
_STEP, _MOST_STEPS = 0.3, _OTHER_CLASS  # of a log unit: a nat a step, by the distance to what a category knows


@dataclass(frozen=True, slots=True)
class Observed:
    """Numbers of a table: key of the slot, log value, event; ``is_word`` where it stands for a word. All (m,)."""

    key: NDArray[np.uint64]
    value: Floats
    event: RowArray
    is_word: NDArray[np.bool_]


class Slots:
    """All slots of a table's observations."""

    def __init__(self, observed: Observed) -> None:
        self.keys = np.zeros(0, dtype=np.uint64)
        self.slots: list[_Slot | _WordSlot] = []
        if not len(observed.key):
            return
        order = np.argsort(observed.key, kind="stable")  # within a slot the order of time stays
        keys, starts = np.unique(observed.key[order], return_index=True)
        runs = zip(keys, np.split(observed.value[order], starts[1:]), observed.is_word[order][starts], strict=True)
        kept = [
            (key, slot)
            for key, run, is_word in runs
            if len(run) >= LEAST_SEEN and (slot := _WordSlot.of(run) if is_word else _Slot.of(run)) is not None
        ]
        self.keys = np.array([key for key, _ in kept], dtype=np.uint64)
        self.slots = [slot for _, slot in kept]

    def surprise(self, observed: Observed) -> Floats:
        """(m,) -log of how often so extreme a value is seen, nats; 0 where nothing is known of the slot."""
        surprise = np.zeros(len(observed.key))
        for slot, rows in self._known(observed):
            surprise[rows] = slot.surprise(observed.value[rows])
        return surprise

    def _known(self, observed: Observed) -> Iterator[tuple[_Slot | _WordSlot, RowArray]]:
        if not len(self.keys) or not len(observed.key):
            return
        at = np.minimum(np.searchsorted(self.keys, observed.key), len(self.keys) - 1)
        known = np.flatnonzero(self.keys[at] == observed.key)
        if not len(known):
            return
        order = known[np.argsort(at[known], kind="stable")]
        slots, starts = np.unique(at[order], return_index=True)
        for slot, rows in zip(slots.tolist(), np.split(order, starts[1:]), strict=True):
            yield self.slots[slot], rows


class _Slot:
    """Numbers of one kind: logs of quantities, or of pauses."""

    @classmethod
    def of(cls, run: Floats) -> _Slot | None:
        """None for numbers that measure nothing."""
        return None if _wanders(run) else cls(run)

    def __init__(self, run: Floats) -> None:
        self.distinct, counts = np.unique(run, return_counts=True)
        self.is_category = len(self.distinct) <= min(_FEW_DISTINCT, len(run) // 6)
        self.seen = len(run)
        if self.is_category:
            self.share = counts / len(run)
            codes = _codes(self.distinct)
            self.classes = np.unique(codes // 100) if codes.all() else None
            is_identity = len(self.distinct) == 1 and self.classes is None
            self.unknown = math.log(min(self.seen, MOST_CONSTANT if is_identity else self.seen) + 1.0)
            return
        step = max(1, len(run) // MOST_SEEN)
        self.ordered = np.sort(run)[::step] if step > 1 else np.sort(run)
        self.lowest, self.highest = self.distinct[0], self.distinct[-1]
        low, middle, high = np.quantile(run, (0.1, 0.5, 0.9))
        vouched = _vouched_by_neighbours(run)
        half = math.sqrt(vouched) / 2.0 * (1.0 + LEAST_SEEN * vouched / len(run))  # few show little of a spread
        self.above = max(float(high - middle), _MARGIN) * half
        self.below = max(float(middle - low), _MARGIN) * half

    def surprise(self, value: Floats) -> Floats:
        """-log of how often so extreme a value is seen; beyond all seen, one nat more for each half spread."""
        if self.is_category:
            at = np.minimum(np.searchsorted(self.distinct, value), len(self.distinct) - 1)
            known = self.distinct[at] == value
            nearest = np.abs(value[:, None] - self.distinct[None, :]).min(axis=1)
            far = np.minimum(nearest / _STEP, _MOST_STEPS)
            if self.classes is not None:
                code = _codes(value)
                far = np.where(code == 0, far, np.where(np.isin(code // 100, self.classes), 0.0, _OTHER_CLASS))
            return np.where(known, -np.log(self.share[at]), self.unknown + far)
        over = np.maximum(value - self.highest - _MARGIN, 0.0) / self.above
        under = np.maximum(self.lowest - value - _MARGIN, 0.0) / self.below
        return np.asarray(two_sided(self.ordered, value) + np.maximum(over, under))


class _WordSlot:
    """Words of one field, as numbers without order."""

    @classmethod
    def of(cls, run: Floats) -> _WordSlot | None:
        """None where the words are too many to be the states of something."""
        distinct, counts = np.unique(run, return_counts=True)
        return None if len(distinct) > min(_FEW_DISTINCT, len(run) // 6) else cls(distinct, counts / len(run), counts)

    def __init__(self, distinct: Floats, share: Floats, counts: NDArray[np.integer]) -> None:
        self.distinct, self.share = distinct, share
        # How often the next word is a new one: as often as words that came once did (Good 1953).
        self.unknown = math.log((counts.sum() + 1.0) / (np.count_nonzero(counts == 1) + 1.0))

    def surprise(self, value: Floats) -> Floats:
        at = np.minimum(np.searchsorted(self.distinct, value), len(self.distinct) - 1)
        return np.where(self.distinct[at] == value, -np.log(self.share[at]), self.unknown)


def two_sided(ordered: Floats, value: Floats) -> Floats:
    """(m,) -log of how often a value as far to its side is among the ascending ``ordered`` (n,): from 0, where it is
    the usual one, to log((n + 1) / 2), where none is as far."""
    n = len(ordered)
    at_most = np.searchsorted(ordered, value, side="right")
    at_least = n - np.searchsorted(ordered, value, side="left")
    return np.asarray(-np.log(np.minimum(2.0 * (np.minimum(at_most, at_least) + 1.0) / (n + 1.0), 1.0)))


def _vouched_by_neighbours(run: Floats) -> float:
    """How many values stand for one independent one, (1 + r) / (1 - r) with the correlation r of neighbours.

    A level that moves slowly has not shown its range yet, however often it was read.
    """
    away = run - run.mean()
    total = float(away @ away)
    r = float(away[1:] @ away[:-1]) / total if total > 0 else 0.0
    r = min(max(r - 1.0 / math.sqrt(len(run)), 0.0), _MOST_CORRELATED)
    return (1.0 + r) / (1.0 - r)


def _codes(value: Floats) -> NDArray[np.int64]:
    """The whole numbers from 100 to 599 that log values stand for, as status codes are; 0 for all others."""
    number = np.expm1(np.clip(value, 0.0, 7.0))
    whole = np.rint(number)
    is_code = (np.abs(number - whole) < 1e-3) & (whole >= 100) & (whole < 600)
    return np.where(is_code, whole, 0.0).astype(np.int64)


def _wanders(run: Floats) -> bool:
    """Do the later values leave the range of the earlier ones, far more often than chance lets any of them do it?"""
    half = len(run) // 2
    early, late = run[:half], run[half:]
    beyond = float(np.mean((late > early.max()) | (late < early.min())))
    by_chance = 2.0 / (half + 1.0)
    return beyond > by_chance + 3.0 * math.sqrt(by_chance / len(late))
