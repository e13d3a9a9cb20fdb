"""How many clusters there are is found in the data, and what lies far from all of them belongs to none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from services.trainer.pipelines.deeplog.clusters import (
    NOISE,
    NOT_CLUSTERED,
    ClusterModel,
    Method,
    agreement,
    discover,
)
from services.trainer.pipelines.deeplog.features import Features

EACH = 15


def features(kinds: int, normal: int = 10, far: float | None = None, seed: int = 0) -> Features:
    """kinds of anomalies, EACH of them, corners of a simplex apart; the last of each kind tests."""
    numbers = np.random.default_rng(seed)
    truth = np.repeat(np.arange(kinds), EACH)
    rows = np.concatenate(
        [numbers.normal(0, 0.3, (normal, kinds + 2)), 6.0 * np.eye(kinds, kinds + 2)[truth]
         + numbers.normal(0, 0.5, (len(truth), kinds + 2))]
    )  # fmt: skip
    if far is not None:
        rows[-1] = far
    is_test = np.concatenate([np.zeros(normal, bool), np.tile(np.arange(EACH) == EACH - 1, kinds)])
    return Features(
        rows.astype(np.float32), tuple(map(str, range(kinds + 2))), ("deviation",) * (kinds + 2),
        np.concatenate([np.full(normal, kinds), truth]), (*map(str, range(kinds)), "normal"), is_test,
        np.concatenate([np.zeros(normal, bool), np.ones(len(truth), bool)]),
    )  # fmt: skip


@pytest.mark.parametrize("kinds", [2, 3, 5])
@pytest.mark.parametrize("method", ["kmeans", "hdbscan", "auto"])
def test_as_many_clusters_are_found_as_there_are(kinds: int, method: Method) -> None:
    own = features(kinds)
    _, labels, about = discover(own, method, 0)
    assert about["clusters"] == kinds
    found = agreement(labels[own.is_anomalous], own.labels[own.is_anomalous])
    assert found is not None
    assert found["purity"] > 0.95


def test_normal_sequences_are_in_no_cluster() -> None:
    own = features(3)
    _, labels, _ = discover(own, "kmeans", 0)
    assert ((labels == NOT_CLUSTERED) == ~own.is_anomalous).all()


def test_an_anomaly_far_from_every_cluster_belongs_to_none() -> None:
    own = features(3, far=-60.0)
    _, labels, _ = discover(own, "kmeans", 0)
    assert labels[-1] == NOISE


def test_a_model_that_was_saved_assigns_the_same(tmp_path: Path) -> None:
    own = features(3)
    model, _, _ = discover(own, "auto", 0)
    model.save(tmp_path / "m.npz")
    assert ClusterModel.load(tmp_path / "m.npz").assign(own.rows).tolist() == model.assign(own.rows).tolist()


def test_too_few_anomalies_are_refused() -> None:
    own = features(1)
    few = Features(
        own.rows[:13],
        own.names,
        own.blocks,
        own.labels[:13],
        own.label_names,
        own.is_test[:13],
        own.is_anomalous[:13],
    )
    with pytest.raises(ValueError, match="too few"):
        discover(few, "auto", 0)


def test_purity_counts_the_commonest_label_of_each_cluster() -> None:
    found = agreement(np.array([0, 0, 0, 1, 1, NOISE]), np.array([0, 0, 1, 1, 1, 0]))
    assert found is not None
    assert found["purity"] == pytest.approx(5 / 6, abs=1e-4)
    assert found["largest_class"] == 0.5
