"""What six directions cannot explain of a window's template counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.decomposition import PCA

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.counts import CountVectors, of_events
from loglynx.bench.task import Events

COMPONENTS = 6


class PrincipalComponents:
    """Squared reconstruction error of TF-IDF counts (Xu et al. 2009)."""

    name = "pca"
    smallest_scale = 0.02
    is_deterministic = True

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._vectors = CountVectors()
        weighted = self._vectors.weighted(self._vectors.fit(windows).matrix)
        most = min(weighted.shape) - 1
        self._pca = None
        self._mean = np.asarray(weighted.mean(axis=0)).ravel()
        if most >= 1:
            # A fixed start: the leading directions do not depend on it.
            self._pca = PCA(n_components=min(COMPONENTS, most), svd_solver="arpack", random_state=0).fit(weighted)

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """In [0, 2] or so; a line has the squared error of its template."""
        counted = self._vectors.read(windows)
        weighted = self._vectors.weighted(counted.matrix)
        square = np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel()
        error = square - 2.0 * (weighted @ self._mean) + self._mean @ self._mean
        residual = weighted.tocoo()
        explained = self._mean[residual.col]
        if self._pca is not None:
            along = self._pca.transform(weighted)  # (n, k)
            error = error - (along**2).sum(axis=1)
            explained = explained + np.einsum("ek,ek->e", along[residual.row], self._pca.components_.T[residual.col])
        weighted.data = (residual.data - explained) ** 2
        return np.maximum(error, 0.0), of_events(weighted, counted.columns)
