"""How few random cuts set a window's template counts apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import IsolationForest

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.counts import CountVectors
from loglynx.bench.task import Events

TREES = 100


class Isolation:
    """Isolation forest (Liu et al. 2008) on TF-IDF counts; the score is in (0, 1). Cannot say which line."""

    name = "iforest"
    smallest_scale = 0.01
    is_deterministic = False

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._vectors = CountVectors()
        weighted = self._vectors.weighted(self._vectors.fit(windows).matrix)
        self._forest = IsolationForest(n_estimators=TREES, random_state=seed, n_jobs=1).fit(weighted)

    def score(self, windows: Sequence[Events]) -> Strangeness:
        weighted = self._vectors.weighted(self._vectors.read(windows).matrix)
        return -np.asarray(self._forest.score_samples(weighted), dtype=np.float64), None
