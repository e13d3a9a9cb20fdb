"""What is known of a window before it is judged, and many windows side by side in columns.

The models turn a window into a ``WindowEvidence``; an ``EvidenceTable`` lays many of them out flat, so that the
scorers of shared.core.scorers work on whole columns. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.core.attributes import ATTRIBUTE_SLOTS

FloatArray = NDArray[np.float32]
IdArray = NDArray[np.uint64]
RowArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
WordArray = NDArray[np.uint32]

WORD_SLOTS = 16  # distinct words of a template that are remembered
VALUE_SLOTS = 6  # quantities of a line that are remembered, in the order in which they stand
WORST_EVENTS = 3
_NO_WORDS: WordArray = np.zeros(WORD_SLOTS, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class WindowEvidence:
    """One window as the models see it; L events.

    template_ids (L,)   vectors (L, d) line embeddings, unit length   trouble (L,) in (0, 1), from the words
    surprise (L,) nats, >= 0, from the sequence model   head  its anomaly probability   embedding (d,) of the window
    values (L, VALUE_SLOTS) quantities in the line, NaN where there is none
    gaps (L,) ms since the event before, NaN for the first event and where a time is unknown
    words (L, WORD_SLOTS) hashes of the template's words, 0 where there are fewer; None where nobody read them
    attributes (L, ATTRIBUTE_SLOTS) numbers and words beside the message, NaN where there are fewer
    attribute_keys (L, ATTRIBUTE_SLOTS) whose they are (shared.core.attributes), 0 for none; both None without any
    """

    template_ids: IdArray
    vectors: FloatArray
    trouble: FloatArray
    surprise: FloatArray
    head: float
    embedding: FloatArray
    values: FloatArray
    gaps: FloatArray
    words: WordArray | None = None
    attributes: FloatArray | None = None
    attribute_keys: WordArray | None = None

    def __len__(self) -> int:
        return len(self.template_ids)


def log_odds(p: NDArray[np.floating] | float) -> NDArray[np.float64]:
    clipped = np.clip(np.asarray(p, dtype=np.float64), 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(clipped / (1.0 - clipped)))


def worst_mean(values: FloatArray, worst: int = WORST_EVENTS) -> float:
    """Mean of the ``worst`` largest values; of all when there are fewer."""
    if len(values) <= worst:
        return float(values.mean())
    return float(np.partition(values, -worst)[-worst:].mean())


def attributes_in(windows: Sequence[WindowEvidence]) -> tuple[FloatArray, WordArray]:
    """Values and keys of all events (N, ATTRIBUTE_SLOTS), or (N, 0) where no window has any."""
    is_any = any(window.attributes is not None for window in windows)
    empty = np.full((max(map(len, windows)), ATTRIBUTE_SLOTS if is_any else 0), np.nan, dtype=np.float32)
    no_keys = np.zeros(empty.shape, dtype=np.uint32)
    return (
        np.concatenate([empty[: len(w)] if w.attributes is None else w.attributes for w in windows]),
        np.concatenate([no_keys[: len(w)] if w.attribute_keys is None else w.attribute_keys for w in windows]),
    )


class EvidenceTable:
    """n windows of N events in all, in columns.

    starts (n + 1,) where each window's events begin       ids (N,) template ids       window (N,) row of each event
    kinds (T,) distinct template ids, ascending            kind (N,) index into them   vectors (T, d)
    words (T, WORD_SLOTS)   trouble, surprise, gaps (N,)   values (N, VALUE_SLOTS)   head (n,)   embedding (n, d)
    attributes, attribute_keys (N, ATTRIBUTE_SLOTS), or (N, 0) where no window has any
    """

    def __init__(self, windows: Sequence[WindowEvidence]) -> None:
        if not windows:
            raise ValueError("a table holds at least one window")
        lengths = np.array([len(w) for w in windows], dtype=np.int64)
        self.starts: RowArray = np.concatenate([[0], np.cumsum(lengths)])
        self.ids: IdArray = np.concatenate([w.template_ids for w in windows])
        self.trouble: FloatArray = np.concatenate([w.trouble for w in windows])
        self.surprise: FloatArray = np.concatenate([w.surprise for w in windows])
        self.gaps: FloatArray = np.concatenate([w.gaps for w in windows])
        self.values: FloatArray = np.concatenate([w.values for w in windows])
        self.attributes, self.attribute_keys = attributes_in(windows)
        self.head = np.array([w.head for w in windows], dtype=np.float64)
        self.embedding: FloatArray = np.stack([w.embedding for w in windows])
        self.kinds, first, self.kind = np.unique(self.ids, return_index=True, return_inverse=True)
        owner = np.searchsorted(self.starts, first, side="right") - 1
        places = [(windows[w], e - int(self.starts[w])) for w, e in zip(owner.tolist(), first.tolist(), strict=True)]
        self.vectors: FloatArray = np.stack([window.vectors[at] for window, at in places])
        self.words: WordArray = np.stack(
            [_NO_WORDS if window.words is None else window.words[at] for window, at in places]
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def lengths(self) -> RowArray:
        return np.diff(self.starts)

    @cached_property
    def window(self) -> RowArray:
        return np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)

    @cached_property
    def counts(self) -> tuple[RowArray, RowArray, RowArray]:
        """(window, kind, count) of each distinct template of each window, by window, then kind."""
        width = len(self.kinds)
        pairs, counts = np.unique(self.window * width + self.kind, return_counts=True)
        return pairs // width, pairs % width, counts

    def take(self, start: int, end: int) -> EvidenceTable:
        """The windows [start, end) as a table of their own, with the same kinds."""
        part = object.__new__(EvidenceTable)
        events = slice(int(self.starts[start]), int(self.starts[end]))
        part.starts = self.starts[start : end + 1] - self.starts[start]
        part.ids, part.trouble, part.surprise = self.ids[events], self.trouble[events], self.surprise[events]
        part.gaps, part.values = self.gaps[events], self.values[events]
        part.attributes, part.attribute_keys = self.attributes[events], self.attribute_keys[events]
        part.head, part.embedding = self.head[start:end], self.embedding[start:end]
        part.kinds, part.kind, part.vectors, part.words = self.kinds, self.kind[events], self.vectors, self.words
        return part

    def largest(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) the largest of each window's ``values`` (N,)."""
        return np.maximum.reduceat(np.asarray(values, dtype=np.float64), self.starts[:-1])

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) the sum of each window's ``values`` (N,)."""
        return np.add.reduceat(np.asarray(values, dtype=np.float64), self.starts[:-1])

    def mean(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) the mean of each window's ``values`` (N,)."""
        return np.asarray(self.total(values) / self.lengths)

    def worst(self, values: NDArray[Any], worst: int = WORST_EVENTS) -> NDArray[np.float64]:
        """(n,) ``worst_mean`` of each window's ``values`` (N,)."""
        order = np.lexsort((-np.asarray(values, dtype=np.float64), self.window))
        ranked = np.asarray(values, dtype=np.float64)[order]
        rank = np.arange(len(ranked)) - self.starts[self.window]
        kept = rank < worst
        return np.bincount(self.window[kept], ranked[kept], len(self)) / np.minimum(self.lengths, worst)

    def known_kinds(self, kinds: IdArray) -> RowArray:
        """(T,) position of each of this table's kinds in ``kinds`` (ascending), -1 where it is not there."""
        if len(kinds) == 0:
            return np.full(len(self.kinds), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(kinds, self.kinds), len(kinds) - 1)
        return np.where(kinds[at] == self.kinds, at, -1)
