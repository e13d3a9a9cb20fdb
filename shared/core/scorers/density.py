"""Where a window's embedding lies among those of normal windows: nearest neighbours, mean, low-rank rebuild."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable, FloatArray, IdArray
from shared.core.scorers.counts import SHORT_SHARE, usual_length

Floats = NDArray[np.float64]

MOST_WINDOWS = 2_000  # of the normal windows, spread over all of them
NEIGHBOURS = 3
CODE_SIZE = 16
_KINDS_REBUILT = 64
_CHUNK = 2_048
_DECIMALS = 6  # what float32 tells apart, whatever the size of the batch: equal embeddings lie at equal distances


def spread(count: int, most: int = MOST_WINDOWS) -> NDArray[np.int64]:
    """At most ``most`` of ``count`` rows, evenly spaced, the last one among them."""
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.int64))


def unless_short(values: Floats, table: EvidenceTable, usual: float) -> Floats:
    """``values`` (n,) with NaN for windows too short to have a shape."""
    return np.where(table.lengths < SHORT_SHARE * usual, np.nan, values)


class NearestWindow:
    """Mean cosine distance to the NEIGHBOURS nearest normal windows (Ramaswamy et al. 2000)."""

    def __init__(self, table: EvidenceTable) -> None:
        self.usual_length = usual_length(table)
        self.embeddings = table.embedding[spread(len(table))]

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        return unless_short(_neighbour_distance(table.embedding, self.embeddings), table, self.usual_length)

    @classmethod
    def prequential(cls, table: EvidenceTable) -> Floats:
        rows = spread(len(table))
        distance = _neighbour_distance(table.embedding, table.embedding[rows], rows)
        return unless_short(distance, table, usual_length(table))


def _neighbour_distance(points: FloatArray, normal: FloatArray, rows: NDArray[np.int64] | None = None) -> Floats:
    """(n,) mean cosine distance to the nearest of ``normal``; given their ``rows``, to those before a point only.

    NaN where none is before it.
    """
    k = min(NEIGHBOURS, len(normal))
    distance = np.empty(len(points))
    for start in range(0, len(points), _CHUNK):
        part = np.arange(start, min(start + _CHUNK, len(points)))
        similarity = points[part] @ normal.T
        if rows is None:
            distance[part] = 1.0 - np.partition(similarity, -k, axis=1)[:, -k:].mean(axis=1)
            continue
        similarity[rows[None, :] >= part[:, None]] = -np.inf
        nearest = np.partition(similarity, -k, axis=1)[:, -k:]
        known = np.isfinite(nearest)
        total = np.where(known, 1.0 - nearest, 0.0).sum(axis=1)
        distance[part] = np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)
    return distance.round(_DECIMALS)


class CentroidDistance:
    """Distance to the mean normal window, each direction in units of its own spread (diagonal Mahalanobis), RMS."""

    def __init__(self, table: EvidenceTable) -> None:
        self.usual_length = usual_length(table)
        self.centre = table.embedding.mean(axis=0)
        spread_of = table.embedding.std(axis=0)
        self.scale = spread_of + max(float(spread_of.mean()), 1e-4)

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        distance = np.sqrt(np.mean(((table.embedding - self.centre) / self.scale) ** 2, axis=1, dtype=np.float64))
        return unless_short(distance, table, self.usual_length)


class Autoencoder:
    """RMS of what a linear autoencoder with CODE_SIZE units cannot rebuild of [embedding, template histogram].

    Its optimum is the span of the principal components (Baldi & Hornik 1989), so it is solved for, not descended to.
    """

    def __init__(self, table: EvidenceTable) -> None:
        self.usual_length = usual_length(table)
        _, kind, _ = table.counts
        frequent = np.argsort(-np.bincount(kind, minlength=len(table.kinds)), kind="stable")[:_KINDS_REBUILT]
        self.kinds: IdArray = table.kinds[np.sort(frequent)]
        inputs = self._inputs(table)[spread(len(table))]
        self.centre = inputs.mean(axis=0)
        centred = inputs - self.centre
        _, axes = np.linalg.eigh(centred.T @ centred)
        self.decoder: FloatArray = axes[:, -min(CODE_SIZE, max(1, len(inputs) // 4)) :]  # (d, code)

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        centred = self._inputs(table) - self.centre
        rest = centred - (centred @ self.decoder) @ self.decoder.T
        return unless_short(np.sqrt((rest**2).sum(axis=1, dtype=np.float64)), table, self.usual_length)

    def _inputs(self, table: EvidenceTable) -> FloatArray:
        window, kind, count = table.counts
        at = table.known_kinds(self.kinds)[kind]
        known = at >= 0
        histogram = np.zeros((len(table), len(self.kinds) + 1), dtype=np.float32)
        histogram[window[known], at[known]] = count[known]
        histogram[:, -1] = np.bincount(window[~known], count[~known], len(table))
        histogram /= table.lengths[:, None]
        return np.concatenate([table.embedding, histogram], axis=1)
