"""Distance of a window's template counts to the nearest ones that were fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.counts import Counted, CountVectors
from loglynx.bench.task import Events, FloatArray
from loglynx.bench.templates import IntArray

MOST_VECTORS = 20_000  # distinct count vectors that are remembered, the latest ones


class NearestCounts:
    """ECVC with idf of Landauer et al. (2024): the weighted share of events that two windows do not have in common.

    distance = 1 - sum_t idf_t min(a_t, b_t) / sum_t idf_t max(a_t, b_t), in [0, 1]; 1-NN over the distinct vectors.
    """

    name = "ecvc"
    smallest_scale = 0.02
    is_deterministic = True

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._vectors = CountVectors()
        counted = self._vectors.fit(windows)
        last = {_key(counted, row): row for row in range(len(windows))}
        kept = np.sort(list(last.values()))[-MOST_VECTORS:]
        self._known = counted.matrix[kept]
        self._by_template = self._known.tocsc()
        self._weight = self._known @ self._vectors.idf

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """A line's score is the idf of its template, times the share of that template's events that are too many."""
        counted = self._vectors.read(windows)
        known: dict[bytes, tuple[float, FloatArray]] = {}
        scores = np.zeros(len(windows))
        lines: list[FloatArray] = []
        for row, columns in enumerate(counted.columns):
            key = _key(counted, row)
            if key not in known:
                part = slice(counted.matrix.indptr[row], counted.matrix.indptr[row + 1])
                known[key] = self._nearest(counted.matrix.indices[part], counted.matrix.data[part])
            scores[row], excess = known[key]
            held = counted.matrix.indices[counted.matrix.indptr[row] : counted.matrix.indptr[row + 1]]
            lines.append(excess[np.searchsorted(held, columns)])
        return scores, lines

    def _nearest(self, columns: IntArray, counts: FloatArray) -> tuple[float, FloatArray]:
        """Distance, and for each of the window's templates how strange the nearest vector makes it."""
        idf, by_template = self._vectors.idf, self._by_template
        shared = np.zeros(len(self._weight))
        for column, count in zip(columns.tolist(), counts.tolist(), strict=True):
            part = slice(by_template.indptr[column], by_template.indptr[column + 1])
            shared[by_template.indices[part]] += idf[column] * np.minimum(by_template.data[part], count)
        own = float(counts @ idf[columns])
        distance = 1.0 - shared / np.maximum(own + self._weight - shared, 1e-12)
        nearest = int(np.argmin(distance))
        theirs = np.asarray(self._known[nearest, columns].todense()).ravel()
        return float(distance[nearest]), idf[columns] * np.maximum(counts - theirs, 0.0) / counts


def _key(counted: Counted, row: int) -> bytes:
    matrix = counted.matrix
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return bytes(matrix.indices[part].tobytes() + matrix.data[part].tobytes())
