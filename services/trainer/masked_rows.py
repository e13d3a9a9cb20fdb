"""Rows of numbers for masked models: padded, with some numbers hidden to be guessed.

Training hides at random, from a seed. Scoring never does: it hides each number exactly once, in four passes of which
pass s hides the ordinary numbers s, s + 4, s + 8 ..., so that neighbours are hidden in different passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from services.trainer.key_book import HIDDEN, PAD, UNSEEN, IntArray
from services.trainer.models.masked_encoder import MaskedBatch

BoolArray = NDArray[np.bool_]
Numbers = np.random.Generator
PASSES = 4
_HIDDEN_SHARE = 1 / PASSES
_BLURRED_SHARE = 0.03  # of what is shown in training turns UNSEEN, so that one new key does not upset its neighbours
NO_EVENT = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of a window. keys (T,) beginning with START   event (T,) which event each is part of, or NO_EVENT"""

    keys: IntArray
    event: IntArray


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


def hide_at_random(rows: Sequence[Row], numbers: Numbers) -> MaskedBatch:
    """A quarter of the known numbers hidden; in a row where chance picked none, all."""
    keys, is_real, ordinary = _padded(rows)
    known = ordinary & (keys != UNSEEN)
    hidden = known & (numbers.random(keys.shape) < _HIDDEN_SHARE)
    hidden |= known & ~hidden.any(axis=1, keepdims=True)
    shown = np.where(ordinary & (numbers.random(keys.shape) < _BLURRED_SHARE), UNSEEN, keys)
    return _batch(keys, np.where(hidden, HIDDEN, shown), hidden, is_real, ordinary)


def hide_in_turn(rows: Sequence[Row]) -> Iterator[MaskedBatch]:
    """Four batches of the same rows; together they hide each ordinary number once."""
    keys, is_real, ordinary = _padded(rows)
    turn = (np.cumsum(ordinary, axis=1) - 1) % PASSES
    for number in range(PASSES):
        hidden = ordinary & (turn == number)
        yield _batch(keys, np.where(hidden, HIDDEN, keys), hidden, is_real, ordinary)


def _padded(rows: Sequence[Row]) -> tuple[IntArray, BoolArray, BoolArray]:
    lengths = np.array([len(row.keys) for row in rows])
    is_real = np.arange(int(lengths.max())) < lengths[:, None]
    keys = np.full(is_real.shape, PAD, dtype=np.int64)
    keys[is_real] = np.concatenate([row.keys for row in rows])
    ordinary = np.zeros_like(is_real)
    ordinary[is_real] = np.concatenate([row.event for row in rows]) != NO_EVENT
    return keys, is_real, ordinary


def _batch(
    keys: IntArray, shown: IntArray, hidden: BoolArray, is_real: BoolArray, ordinary: BoolArray
) -> MaskedBatch:
    return MaskedBatch(*(torch.from_numpy(part) for part in (keys, shown, hidden, is_real, ordinary)))
