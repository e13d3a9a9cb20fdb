"""What a classifier of sequences is fed: events as numbers of templates, hashed words, pauses and levels.

A long sequence is read in segments, at most MOST_SEGMENTS of them spread evenly, and judged by the mean of what its
segments say. A template that training never met still has its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from shared.core.sequences.key_book import IntArray, KeyBook
from shared.core.sequences.parsed_lines import Parsed
from shared.core.window_features import words_of

SEGMENT: Final = 128  # events
MOST_SEGMENTS: Final = 12
WORDS: Final = 16  # of a template
WORD_BUCKETS: Final = 2048  # 0 is no word
SIDE: Final = 2  # log pause, level
INPUTS: Final = ("keys", "words", "side", "is_real")


@dataclass(frozen=True, slots=True)
class Segments:
    """owner (S,): the sequence that each segment is of. The rest one array per segment.

    keys (L,) int64   words (L, WORDS) int64   side (L, SIDE) float32
    """

    owner: IntArray
    keys: list[IntArray]
    words: list[IntArray]
    side: list[NDArray[np.float32]]

    def batch(self, chosen: Sequence[int]) -> dict[str, NDArray[Any]]:
        """The graph's inputs for segments ``chosen``, padded on the right to the longest."""
        length = max(len(self.keys[at]) for at in chosen)
        batch: dict[str, NDArray[Any]] = {
            "keys": np.zeros((len(chosen), length), np.int64),
            "words": np.zeros((len(chosen), length, WORDS), np.int64),
            "side": np.zeros((len(chosen), length, SIDE), np.float32),
            "is_real": np.zeros((len(chosen), length), np.bool_),
        }
        for row, at in enumerate(chosen):
            n = len(self.keys[at])
            batch["keys"][row, :n], batch["words"][row, :n] = self.keys[at], self.words[at]
            batch["side"][row, :n], batch["is_real"][row, :n] = self.side[at], True
        return batch


@dataclass(frozen=True, slots=True)
class ClassRows:
    """Cuts and encodes; remembers words of templates."""

    book: KeyBook
    _words: dict[str, IntArray] = field(default_factory=dict)

    def segments(self, sequences: Sequence[Parsed]) -> Segments:
        """Of sequences that hold at least one event each."""
        owner: list[int] = []
        found = Segments(np.zeros(0, np.int64), [], [], [])
        for at, parsed in enumerate(sequences):
            pauses = np.log1p(parsed.pauses()) / 10.0
            levels = np.array([max(level, 0) / 6.0 for level in parsed.levels])
            side = np.stack([pauses, levels], axis=1).astype(np.float32)
            keys = self.book.encode(parsed.templates)
            for start in _starts(len(keys)):
                part = slice(start, start + SEGMENT)
                owner.append(at)
                found.keys.append(keys[part])
                found.words.append(np.stack([self._words_of(each) for each in parsed.templates[part]]))
                found.side.append(side[part])
        return Segments(np.array(owner, np.int64), found.keys, found.words, found.side)

    def _words_of(self, template: str) -> IntArray:
        known = self._words.get(template)
        if known is None:
            words = sorted(word for word in words_of(template) if "_" not in word)[:WORDS]
            known = np.zeros(WORDS, np.int64)
            known[: len(words)] = [1 + crc32(word.encode("utf-8", "replace")) % (WORD_BUCKETS - 1) for word in words]
            self._words[template] = known
        return known


def _starts(length: int) -> list[int]:
    starts = list(range(0, max(length, 1), SEGMENT))
    if len(starts) <= MOST_SEGMENTS:
        return starts
    return [starts[at] for at in np.linspace(0, len(starts) - 1, MOST_SEGMENTS).astype(int).tolist()]
