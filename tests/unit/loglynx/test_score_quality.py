"""Scores from anywhere are measured and drawn, with what labels picked called by its name."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from loglynx.score_quality import evaluate_scores, visualize_results

SCORES, LABELS = [0.2, 0.8, 0.3, 0.9, 0.1], [0, 1, 0, 1, 0]


def test_a_perfect_order_has_an_area_of_one() -> None:
    found = evaluate_scores(SCORES, LABELS)
    assert float(found) == found.roc_auc == found.pr_auc == 1.0
    assert math.isnan(found.f1)
    assert found.oracle.threshold == 0.8 and found.oracle.f1 == 1.0


def test_a_threshold_is_judged_as_it_is_given_and_the_oracle_stays_apart() -> None:
    found = evaluate_scores(SCORES, LABELS, threshold=0.85)
    assert (found.precision, found.recall) == (1.0, 0.5)
    assert found.oracle.recall == 1.0


def test_without_an_anomaly_there_is_no_area() -> None:
    assert math.isnan(evaluate_scores([1.0, 2.0], [0, 0]).roc_auc)


def test_scores_and_labels_must_fit_together() -> None:
    with pytest.raises(ValueError, match="same length"):
        evaluate_scores([1.0], [0, 1])


def test_pictures_are_written(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(40, 4))
    scores = points[:, 0]
    written = visualize_results(scores, scores > 1, tmp_path / "out", embeddings=points, threshold=0.5)
    assert [path.name for path in written] == ["roc.png", "precision_recall.png", "scores.png", "embeddings.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
