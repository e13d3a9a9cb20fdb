"""Numbers for the keys of sequences (templates, or their tokens), learnt from what a model is fitted on.

In: sequences of hashable keys. Out: the same as arrays of small integers. A key that was never met is UNSEEN, and how
surprising that is comes from counting: of N keys met, n1 were met once, so the next one is new with probability
n1 / N (Good 1953, "The population frequencies of species"); one is added to both so that it is never 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

PAD, START, HIDDEN, UNSEEN = 0, 1, 2, 3
SPECIAL = 4  # the first ordinary number
MOST_KEYS = 4000  # the rarest beyond are UNSEEN, so that a stream of ever new text bounds the model


@dataclass(frozen=True, slots=True)
class KeyBook:
    """numbers  key -> number >= SPECIAL    unseen_surprise  nats of a key that is in none of them"""

    numbers: dict[Hashable, int]
    unseen_surprise: float

    @classmethod
    def of(cls, sequences: Sequence[Sequence[Hashable]], most_keys: int = MOST_KEYS) -> KeyBook:
        """The commonest keys first; equally common ones in the order they were met."""
        counts = Counter(key for sequence in sequences for key in sequence)
        kept = counts.most_common(most_keys)
        single = sum(count == 1 for count in counts.values())
        surprise = math.log((counts.total() + 1) / (single + 1))
        return cls({key: SPECIAL + place for place, (key, _) in enumerate(kept)}, surprise)

    def __len__(self) -> int:
        return SPECIAL + len(self.numbers)

    def encode(self, sequence: Sequence[Hashable]) -> IntArray:
        """(L,) numbers, UNSEEN where a key is not in the book."""
        return np.array([self.numbers.get(key, UNSEEN) for key in sequence], dtype=np.int64)


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
