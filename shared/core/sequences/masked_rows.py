"""Rows of numbers for masked models: cut from windows, padded, with some numbers hidden to be guessed.

Training hides at random, from a seed. Scoring never does: it hides each number exactly once, in four passes of which
pass s hides the ordinary numbers s, s + 4, s + 8 ..., so that neighbours are hidden in different passes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.core.sequences.key_book import END, HIDDEN, PAD, START, UNSEEN, IntArray, KeyBook

BoolArray = NDArray[np.bool_]
Numbers = np.random.Generator
PASSES = 4
_HIDDEN_SHARE = 1 / PASSES
_BLURRED_SHARE = 0.03  # of what is shown in training turns UNSEEN, so that one new key does not upset its neighbours
NO_EVENT = -1
LONGEST = 128  # numbers of a row, specials left out


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of a window.

    keys (T,) beginning with START    event (T,) which event each is part of, or NO_EVENT
    subjects (T, S) numbers of whom each event is about, from 1, for models that look at it; else None
    """

    keys: IntArray
    event: IntArray
    subjects: IntArray | None = None

    @property
    def identity(self) -> bytes:
        """Equal for rows that read the same."""
        return self.keys.tobytes() + (b"" if self.subjects is None else b"|" + self.subjects.tobytes())


@dataclass(frozen=True, slots=True)
class HiddenRows:
    """B rows padded to L numbers.

    keys (B, L) as they are, column 0 is START    shown (B, L) what the model gets: some HIDDEN
    hidden (B, L) what it must guess    is_real (B, L) False on padding    ordinary (B, L) False on specials, too
    """

    keys: IntArray
    shown: IntArray
    hidden: BoolArray
    is_real: BoolArray
    ordinary: BoolArray


@dataclass(frozen=True, slots=True)
class KeyRows:
    """Cuts a window into rows: START, then the numbers of up to 128 templates; END closes the last row.

    END is never hidden, but seen: the last event of a window is to be one that things end with."""

    book: KeyBook

    def __call__(self, window: Sequence[Hashable]) -> list[Row]:
        numbers = self.book.encode(window)
        rows = []
        for start in range(0, len(numbers), LONGEST):
            part = numbers[start : start + LONGEST]
            event = np.arange(start, start + len(part))
            row = Row(np.insert(part, 0, START), np.insert(event, 0, NO_EVENT))
            is_last = start + LONGEST >= len(numbers)
            rows.append(Row(np.append(row.keys, END), np.append(row.event, NO_EVENT)) if is_last else row)
        return rows


def by_length(rows: Sequence[Row], numbers_at_once: int, numbers: Numbers | None = None) -> Iterator[list[int]]:
    """Positions in batches of similar length; in random order when ``numbers`` is given, else ascending."""
    length = np.array([len(row.keys) for row in rows], dtype=np.float64)
    order = np.argsort(length if numbers is None else length + numbers.uniform(0, 4, len(rows)), kind="stable")
    batches: list[list[int]] = [[]]
    longest = 0
    for position in order.tolist():
        longest = max(longest, len(rows[position].keys))
        if batches[-1] and longest * (len(batches[-1]) + 1) > numbers_at_once:
            batches.append([])
            longest = len(rows[position].keys)
        batches[-1].append(position)
    turn = range(len(batches)) if numbers is None else numbers.permutation(len(batches)).tolist()
    yield from (batches[at] for at in turn)


def hide_at_random(rows: Sequence[Row], numbers: Numbers) -> HiddenRows:
    """A quarter of the known numbers hidden; in a row where chance picked none, all."""
    keys, is_real, ordinary = _padded(rows)
    known = ordinary & (keys != UNSEEN)
    hidden = known & (numbers.random(keys.shape) < _HIDDEN_SHARE)
    hidden |= known & ~hidden.any(axis=1, keepdims=True)
    shown = np.where(ordinary & (numbers.random(keys.shape) < _BLURRED_SHARE), UNSEEN, keys)
    return HiddenRows(keys, np.where(hidden, HIDDEN, shown), hidden, is_real, ordinary)


def hide_in_turn(rows: Sequence[Row]) -> Iterator[HiddenRows]:
    """Four batches of the same rows; together they hide each ordinary number once."""
    keys, is_real, ordinary = _padded(rows)
    turn = (np.cumsum(ordinary, axis=1) - 1) % PASSES
    for number in range(PASSES):
        hidden = ordinary & (turn == number)
        yield HiddenRows(keys, np.where(hidden, HIDDEN, keys), hidden, is_real, ordinary)


def _padded(rows: Sequence[Row]) -> tuple[IntArray, BoolArray, BoolArray]:
    lengths = np.array([len(row.keys) for row in rows])
    is_real = np.arange(int(lengths.max())) < lengths[:, None]
    keys = np.full(is_real.shape, PAD, dtype=np.int64)
    keys[is_real] = np.concatenate([row.keys for row in rows])
    ordinary = np.zeros_like(is_real)
    ordinary[is_real] = np.concatenate([row.event for row in rows]) != NO_EVENT
    return keys, is_real, ordinary
