"""What is known of a window before it is judged, and how far each aspect lies from what its stream normally does.

The models turn a window into a ``WindowEvidence``; ``MemoryOfNormal`` holds the evidence of normal windows in the
form in which distances are cheap. Each component is one number per window, larger is stranger, each in its own
unit; shared.core.baseline turns them into p-values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IdArray = NDArray[np.uint64]

# name -> smallest scale of its tail: the step beyond everything seen that makes a value e times less likely.
COMPONENTS: dict[str, float] = {
    "head": 0.5,  # logit of the sequence model's anomaly head
    "context": 0.25,  # mean surprise of the worst three events, nats
    "knn": 0.02,  # cosine distance to the nearest normal window
    "novelty": 0.15,  # how far the strangest unseen template lies from the seen ones
    "counts": 0.05,  # idf-weighted count-vector distance to the nearest normal window
    "words": 0.7,  # log-odds of the worst words and level in the window
}
WORST_EVENTS = 3
# Shorter than this share of the usual length, a window (flushed by an idle stream, say) is only asked what it holds.
SHORT_SHARE = 0.5
# An unseen template counts this much even when its text lies on top of a known one.
NOVELTY_FLOOR = 0.25


@dataclass(frozen=True, slots=True)
class WindowEvidence:
    """One window as the models see it; L events.

    template_ids (L,)   vectors (L, d) line embeddings, unit length   trouble (L,) in (0, 1), from the words
    surprise (L,) nats, >= 0, from the sequence model   head  its anomaly probability   embedding (d,) of the window
    """

    template_ids: IdArray
    vectors: FloatArray
    trouble: FloatArray
    surprise: FloatArray
    head: float
    embedding: FloatArray

    @property
    def counts(self) -> tuple[IdArray, NDArray[np.int64]]:
        """Distinct template ids and how often each occurs."""
        ids, counts = np.unique(self.template_ids, return_counts=True)
        return ids, counts


def log_odds(p: NDArray[np.floating] | float) -> NDArray[np.float64]:
    clipped = np.clip(np.asarray(p, dtype=np.float64), 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(clipped / (1.0 - clipped)))


def worst_mean(values: FloatArray, worst: int = WORST_EVENTS) -> float:
    """Mean of the ``worst`` largest values; of all when there are fewer."""
    if len(values) <= worst:
        return float(values.mean())
    return float(np.partition(values, -worst)[-worst:].mean())


class MemoryOfNormal:
    """Normal windows in the order in which they came: templates, count vectors and embeddings."""

    def __init__(self, windows: Sequence[WindowEvidence]) -> None:
        ids, first = np.unique(np.concatenate([w.template_ids for w in windows]), return_index=True)
        vectors = np.concatenate([w.vectors for w in windows])
        self.template_ids: IdArray = ids
        self.vectors: FloatArray = vectors[first]  # (T, d)
        self.embeddings: FloatArray = np.stack([w.embedding for w in windows])  # (n, d)
        self.counts = np.zeros((len(windows), len(ids)), dtype=np.float32)  # (n, T)
        for row, window in enumerate(windows):
            present, times = window.counts
            self.counts[row, np.searchsorted(ids, present)] = times
        self.first_window = np.argmax(self.counts > 0, axis=0)  # (T,) the window that brought each template
        self.idf = np.log((1.0 + len(windows)) / (1.0 + (self.counts > 0).sum(axis=0))) + 0.1
        self.weight = self.counts @ self.idf  # (n,)
        self.usual_length = float(np.median([len(w.template_ids) for w in windows]))

    def __len__(self) -> int:
        return len(self.embeddings)

    def distances(self, window: WindowEvidence, until: int | None = None) -> dict[str, float]:
        """The components of ``window`` against the first ``until`` normal windows (all when None).

        NaN where a component has nothing to say: a short window has no shape to compare.
        """
        n = len(self) if until is None else until
        is_short = len(window.template_ids) < SHORT_SHARE * self.usual_length
        return {
            "head": math.nan if is_short else float(log_odds(window.head)),
            "context": worst_mean(window.surprise),
            "knn": math.nan if is_short else float(1.0 - np.max(self.embeddings[:n] @ window.embedding)),
            "novelty": float(self.novelty(window, n).max()),
            "counts": self._count_distance(window, n, is_short),
            "words": float(log_odds(window.trouble).max()),
        }

    def novelty(self, window: WindowEvidence, until: int | None = None) -> FloatArray:
        """(L,) 0 for a template seen before, else NOVELTY_FLOOR..1 by its distance to the nearest one seen."""
        n = len(self) if until is None else until
        seen = self.first_window < n
        at = np.minimum(np.searchsorted(self.template_ids, window.template_ids), len(self.template_ids) - 1)
        is_new = (self.template_ids[at] != window.template_ids) | ~seen[at]
        novelty = np.zeros(len(window.template_ids), dtype=np.float32)
        if is_new.any():
            similarity = np.max(window.vectors[is_new] @ self.vectors[seen].T, axis=1)
            distance = np.clip(1.0 - similarity, 0.0, 1.0)
            novelty[is_new] = NOVELTY_FLOOR + (1.0 - NOVELTY_FLOOR) * distance
        return novelty

    def _count_distance(self, window: WindowEvidence, n: int, is_short: bool) -> float:
        """Weighted Bray-Curtis distance in [0, 1] to the nearest count vector; rare templates weigh more (idf).

        For a short window: the share of it that no single normal window holds.
        """
        present, times = window.counts
        at = np.minimum(np.searchsorted(self.template_ids, present), len(self.template_ids) - 1)
        known = self.template_ids[at] == present
        own = np.where(known, self.idf[at], np.log(1.0 + len(self)) + 0.1) * times
        columns, amount = at[known], times[known].astype(np.float32)
        shared = np.minimum(self.counts[:n, columns], amount) @ self.idf[columns]
        if is_short:
            return float(np.min(1.0 - shared / own.sum()))
        return float(np.min(1.0 - 2.0 * shared / (self.weight[:n] + own.sum())))
