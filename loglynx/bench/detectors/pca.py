"""What six directions cannot explain of a window's template counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import eigh

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.counts import CountVectors, of_events
from loglynx.bench.task import Events

COMPONENTS = 6
_LEAST_VARIANCE = 1e-9  # a direction in which nothing varied explains nothing


class PrincipalComponents:
    """Squared reconstruction error of TF-IDF counts (Xu et al. 2009), from the covariance of the templates (T, T)."""

    name = "pca"
    smallest_scale = 0.02
    is_deterministic = True

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._vectors = CountVectors()
        weighted = self._vectors.weighted(self._vectors.fit(windows).matrix)
        self._mean = np.asarray(weighted.mean(axis=0)).ravel()
        covariance = (weighted.T @ weighted).toarray() / weighted.shape[0] - np.outer(self._mean, self._mean)
        size = len(covariance)
        variances, directions = eigh(covariance, subset_by_index=[max(0, size - COMPONENTS), size - 1])
        self._directions = directions[:, variances > _LEAST_VARIANCE]  # (T, k)

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """In [0, 2] or so; a line has the squared error of its template."""
        counted = self._vectors.read(windows)
        weighted = self._vectors.weighted(counted.matrix)
        along = weighted @ self._directions - self._mean @ self._directions  # (n, k)
        square = np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel()
        distance = square - 2.0 * (weighted @ self._mean) + self._mean @ self._mean
        held = weighted.tocoo()
        explained = self._mean[held.col] + np.einsum("ek,ek->e", along[held.row], self._directions[held.col])
        weighted.data = (held.data - explained) ** 2
        return np.maximum(distance - (along**2).sum(axis=1), 0.0), of_events(weighted, counted.columns)
