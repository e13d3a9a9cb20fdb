from __future__ import annotations

import numpy as np
import pytest
from bench_cases import events_of, normal_cases
from sklearn.decomposition import PCA

from loglynx.bench.counts import CountVectors
from loglynx.bench.detectors.pca import COMPONENTS, PrincipalComponents


def test_the_error_is_that_of_dense_arithmetic() -> None:
    rng = np.random.default_rng(0)
    fit = [events_of(*rng.choice(list("abcdefghijkl"), size=9)) for _ in range(200)]
    asked = [events_of(*rng.choice(list("abcdefghijklxyz"), size=9)) for _ in range(20)]
    vectors = CountVectors()
    dense = vectors.weighted(vectors.fit(fit).matrix).toarray()
    pca = PCA(n_components=COMPONENTS, svd_solver="full").fit(dense)
    of_asked = vectors.weighted(vectors.read(asked).matrix).toarray()
    residual = of_asked - pca.inverse_transform(pca.transform(of_asked))
    scorer = PrincipalComponents()
    scorer.fit(fit, 0)
    strangeness, lines = scorer.score(asked)
    assert strangeness == pytest.approx((residual**2).sum(axis=1), abs=1e-6)
    assert lines is not None
    columns = vectors.read(asked).columns
    for row, at in enumerate(columns):
        assert lines[row] == pytest.approx(residual[row, at] ** 2, abs=1e-6)


def test_fewer_templates_than_components() -> None:
    scorer = PrincipalComponents()
    scorer.fit([case.events for case in normal_cases(30)], 0)
    strangeness, _ = scorer.score([normal_cases(1)[0].events, events_of("x", "y", "z")])
    assert strangeness[1] > 10 * strangeness[0]
