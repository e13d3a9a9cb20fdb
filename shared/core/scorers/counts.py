"""How often each template occurs in a window, against the nearest normal window (ECVC, Landauer et al. 2024)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable, RowArray

Floats = NDArray[np.float64]

# Shorter than this share of a constant length, a window (flushed by an idle stream, say) is only asked what it holds.
SHORT_SHARE = 0.5
_CONSTANT_SHARE = 0.9  # of windows that have the usual length, where a rule cuts by number of events
MOST_VECTORS = 4_000  # distinct count vectors remembered, the latest ones


def usual_length(table: EvidenceTable) -> float:
    """The length that nearly all windows have; 0 where they differ, as sessions do."""
    median = float(np.median(table.lengths))
    return median if float(np.mean(table.lengths == median)) >= _CONSTANT_SHARE else 0.0


class CountDistance:
    """Weighted Bray-Curtis distance in [0, 1] to the nearest normal count vector; rare templates weigh more (idf).

    For a short window: the share of it that no single normal window holds.
    """

    def __init__(self, table: EvidenceTable) -> None:
        _, kind, _ = table.counts
        self.kinds = table.kinds
        holding = np.bincount(kind, minlength=len(table.kinds))
        self.idf = np.log((1.0 + len(table)) / (1.0 + holding)) + 0.1
        self.new_idf = float(np.log(1.0 + len(table)) + 0.1)
        self.usual_length = usual_length(table)
        vectors = _vectors(table)
        self.vectors = vectors[_distinct(vectors)[-MOST_VECTORS:]]  # (m, T)
        self.weight = self.vectors @ self.idf  # (m,)

    @classmethod
    def prequential(cls, table: EvidenceTable) -> Floats:
        """Each window against those before it; how much a template weighs is known from all of them."""
        fitted = cls(table)
        vectors = _vectors(table)
        rows = _distinct(vectors)
        vectors = vectors[rows]
        weight = vectors @ fitted.idf
        is_short = table.lengths[rows] < SHORT_SHARE * fitted.usual_length
        scores = np.zeros(len(table))  # a count vector seen before lies at distance 0
        scores[rows[0]] = 1.0
        for rank in range(1, len(rows)):
            columns = np.flatnonzero(vectors[rank])
            earlier = slice(max(0, rank - MOST_VECTORS), rank)
            shared = np.minimum(vectors[earlier, columns], vectors[rank, columns]) @ fitted.idf[columns]
            whole = weight[rank] if is_short[rank] else (weight[earlier] + weight[rank]) / 2.0
            scores[rows[rank]] = np.min(1.0 - shared / whole)
        return scores

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        at = table.known_kinds(self.kinds)
        window, kind, count = table.counts
        own = np.where(at >= 0, self.idf[np.maximum(at, 0)], self.new_idf)[kind] * count
        weight = np.bincount(window, own, len(table))
        known = at[kind] >= 0
        is_short = table.lengths < SHORT_SHARE * self.usual_length
        nearest = np.zeros(len(table))
        starts = np.searchsorted(window[known], np.arange(len(table) + 1))
        columns, amounts = at[kind][known], count[known].astype(np.float32)
        for row in range(len(table)):
            part = slice(starts[row], starts[row + 1])
            nearest[row] = self._nearest(columns[part], amounts[part], weight[row], bool(is_short[row]))
        return nearest

    def _nearest(self, columns: RowArray, amounts: NDArray[np.float32], weight: float, is_short: bool) -> float:
        shared = np.minimum(self.vectors[:, columns], amounts) @ self.idf[columns]
        if is_short:
            return float(np.min(1.0 - shared / weight))
        return float(np.min(1.0 - 2.0 * shared / (self.weight + weight)))


def _vectors(table: EvidenceTable) -> NDArray[np.float32]:
    """(n, T) how often each template occurs in each window."""
    window, kind, count = table.counts
    vectors = np.zeros((len(table), len(table.kinds)), dtype=np.float32)
    vectors[window, kind] = count
    return vectors


def _distinct(vectors: NDArray[np.float32]) -> RowArray:
    """Rows at which a vector occurs for the first time, ascending."""
    mixer = np.random.default_rng(0).random(vectors.shape[1])
    _, first = np.unique(vectors @ mixer, return_index=True)
    return np.sort(first)
