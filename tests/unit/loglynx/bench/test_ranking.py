from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from loglynx.bench.ranking import Ranking, average_precision, oracle_f1, recall_at, roc_auc

ONE = np.ones((1, 1))


def steps(is_anomaly: list[int], scores: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return Ranking.of(np.array(is_anomaly, dtype=bool), np.array(scores)).steps(ONE)


def test_by_hand() -> None:
    # From the strangest down: hit, alarm, hit, alarm.
    found = steps([1, 0, 1, 0], [4.0, 3.0, 2.0, 1.0])
    assert roc_auc(*found)[0] == pytest.approx(3 / 4)
    assert average_precision(*found)[0] == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert oracle_f1(*found)[0] == pytest.approx(2 * 2 / (3 + 2))
    assert recall_at(*found, share=0.0)[0] == pytest.approx(1 / 2)
    assert recall_at(*found, share=0.5)[0] == pytest.approx(1.0)


def test_equal_scores_are_one_step_whatever_their_order() -> None:
    for is_anomaly in ([1, 0], [0, 1]):
        found = steps(is_anomaly, [1.0, 1.0])
        assert roc_auc(*found)[0] == pytest.approx(0.5)
        assert average_precision(*found)[0] == pytest.approx(0.5)
        assert recall_at(*found, share=0.0)[0] == 0.0, "the tie cannot be flagged without its normal window"


@pytest.mark.parametrize("seed", range(5))
def test_as_scikit_learn_has_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    is_anomaly = rng.random(300) < 0.1
    scores = np.round(rng.normal(size=300) + is_anomaly, 1)  # with ties
    found = Ranking.of(is_anomaly, scores).steps(ONE)
    assert roc_auc(*found)[0] == pytest.approx(roc_auc_score(is_anomaly, scores))
    assert average_precision(*found)[0] == pytest.approx(average_precision_score(is_anomaly, scores))
    precision, recall, _ = precision_recall_curve(is_anomaly, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    assert oracle_f1(*found)[0] == pytest.approx(f1.max())
    false_rate, true_rate, _ = roc_curve(is_anomaly, scores, drop_intermediate=False)
    assert recall_at(*found, share=0.05)[0] == pytest.approx(true_rate[false_rate <= 0.05].max())


def test_blocks_sum_to_the_whole_and_weights_repeat_windows() -> None:
    rng = np.random.default_rng(0)
    is_anomaly, scores = rng.random(60) < 0.3, np.round(rng.normal(size=60), 1)
    block = np.arange(60) // 20
    ranking = Ranking.of(is_anomaly, scores, block)
    whole = Ranking.of(is_anomaly, scores).steps(ONE)
    assert roc_auc(*ranking.steps(np.ones((3, 1))))[0] == pytest.approx(roc_auc(*whole)[0])
    twice = np.concatenate([np.arange(20), np.arange(20), np.arange(40, 60)])
    repeated = Ranking.of(is_anomaly[twice], scores[twice]).steps(ONE)
    drawn = ranking.steps(np.array([[2.0], [0.0], [1.0]]))
    for measure in (roc_auc, average_precision, oracle_f1):
        assert measure(*drawn)[0] == pytest.approx(measure(*repeated)[0])


@pytest.mark.parametrize("is_anomaly", [[0, 0], [1, 1]])
def test_one_class_alone_has_no_order(is_anomaly: list[int]) -> None:
    found = steps(is_anomaly, [1.0, 2.0])
    assert np.isnan(roc_auc(*found)[0])
    assert np.isnan(recall_at(*found, share=0.1)[0])
    assert np.isnan(average_precision(*found)[0]) == np.isnan(oracle_f1(*found)[0]) == (not any(is_anomaly))


def test_nothing_at_all() -> None:
    found = steps([], [])
    assert all(np.isnan(m(*found)[0]) for m in (roc_auc, average_precision, oracle_f1))
    assert np.isnan(recall_at(*found, share=0.1)[0])


def test_a_score_that_is_missing_is_the_least_strange() -> None:
    found = steps([1, 0], [float("nan"), -100.0])
    assert roc_auc(*found)[0] == 0.0
