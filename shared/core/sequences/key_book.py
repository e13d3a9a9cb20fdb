"""Numbers for the keys of sequences (templates, or their tokens), learnt from what a model is fitted on.

In: sequences of hashable keys. Out: the same as arrays of small integers. A key that was never met is UNSEEN.
Whatever a model says, nothing is rarer than what did not come once in the N keys met: ``smoothed`` mixes 1 / (N + 1)
into every probability, so that a new key is as surprising as anything can be, and a model that is too sure of itself
no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

PAD, START, HIDDEN, UNSEEN, END = 0, 1, 2, 3, 4
SPECIAL = 5  # the first ordinary number
MOST_KEYS = 4000  # the rarest beyond are UNSEEN, so that a stream of ever new text bounds the model


@dataclass(frozen=True, slots=True)
class KeyBook:
    """numbers  key -> number >= SPECIAL    met  how many keys, repeated ones included"""

    numbers: dict[Hashable, int]
    met: int

    @classmethod
    def of(cls, sequences: Sequence[Sequence[Hashable]], most_keys: int = MOST_KEYS) -> KeyBook:
        """The commonest keys first; equally common ones in the order they were met."""
        counts = Counter(key for sequence in sequences for key in sequence)
        kept = counts.most_common(most_keys)
        return cls({key: SPECIAL + place for place, (key, _) in enumerate(kept)}, counts.total())

    def __len__(self) -> int:
        return SPECIAL + len(self.numbers)

    def encode(self, sequence: Sequence[Hashable]) -> IntArray:
        """(L,) numbers, UNSEEN where a key is not in the book."""
        return np.array([self.numbers.get(key, UNSEEN) for key in sequence], dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """Plain values, for books whose keys are texts."""
        return {"keys": list(self.numbers), "met": self.met}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> KeyBook:
        """Inverse of ``to_json``. Raises KeyError, TypeError or ValueError on anything else."""
        keys, met = data["keys"], data["met"]
        if len(keys) > MOST_KEYS or len(set(keys)) != len(keys) or not all(isinstance(key, str) for key in keys):
            raise ValueError("a book holds distinct texts")
        if not isinstance(met, int) or met < 1:
            raise ValueError("a book has met something")
        return cls({key: SPECIAL + place for place, key in enumerate(keys)}, met)

    def smoothed(self, surprise: FloatArray, numbers: IntArray) -> FloatArray:
        """A model's surprise at ``numbers``, in nats, as it counts: at most log(N + 1), which UNSEEN has."""
        least = 1.0 / (self.met + 1)
        probability = np.where(numbers == UNSEEN, 0.0, np.exp(-surprise))
        mixed: FloatArray = -np.log((1.0 - least) * probability + least)
        return mixed


def choose(sequences: Sequence[Sequence[Hashable]], most_events: int) -> list[int]:
    """Positions, ascending, of at most ``most_events`` events' worth of sequences, the same ones every time.

    First those that show a key for the first time, so that no known key goes untrained; then evenly over time.
    """
    total = sum(map(len, sequences))
    if total <= most_events:
        return list(range(len(sequences)))
    met: set[Hashable] = set()
    taken: dict[int, None] = {}
    left = most_events
    for position, sequence in enumerate(sequences):
        if not met.issuperset(sequence) and len(sequence) <= left:
            met.update(sequence)
            taken[position] = None
            left -= len(sequence)
    steps = np.random.default_rng(0).permutation(len(sequences)).tolist()
    for position in steps:
        if position not in taken and len(sequences[position]) <= left:
            taken[position] = None
            left -= len(sequences[position])
    return sorted(taken)
