import numpy as np

from shared.core.line_scoring import Calibration, LineWeights, judge

PLAIN = Calibration(1.0, 0.0, np.zeros(2, np.float32), 0.0, 0.5)


def logits(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_the_line_that_speaks_loudest_gives_category_and_evidence():
    found = judge(logits((5, 0, 0), (0, 1, 4), (3, 0, 1)), PLAIN, (0, 1))
    assert found.category == 1
    assert found.evidence == (1,)
    assert abs(float(found.shares.sum()) - 1.0) < 1e-5


def test_lines_nearly_as_loud_are_evidence_too_the_best_first():
    found = judge(logits((0, 3.8, 0), (0, 4, 0), (0, 1, 0)), PLAIN, (0, 1))
    assert found.evidence == (1, 0)


def test_a_low_confidence_is_unknown():
    shy = Calibration(1.0, 0.0, np.zeros(2, np.float32), 0.9, 0.5)
    assert judge(logits((0, 1, 1)), shy, (0, 1)).category is None
    assert judge(logits((0, 9, 1)), shy, (0, 1)).category == 0


def test_trouble_counts_only_what_is_bad_news():
    found = judge(logits((0, 5, -5)), PLAIN, (1,))
    assert found.trouble[0] < 0


def test_logits_are_sums_of_the_features_weights():
    weights = LineWeights(np.array([[1, 0], [0, 2], [4, 4]], np.float32), np.array([0.5, 0.0], np.float32))
    found = weights.logits([np.array([0, 1], np.int32), np.array([2], np.int32)])
    assert found.tolist() == [[1.5, 2.0], [4.5, 4.0]]
