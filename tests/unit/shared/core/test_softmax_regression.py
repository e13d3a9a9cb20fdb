import numpy as np
import pytest

from shared.core.softmax_regression import fit_softmax, fit_temperature, softmax


def some_rows(n: int = 90, d: int = 5, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = np.arange(n) % classes
    rows = rng.normal(size=(n, d)).astype(np.float32)
    rows[:, 0] += truth
    rows[:, 1] -= 2 * (truth == 1)
    return rows, truth


def test_classes_that_can_be_told_apart_are_learned():
    rows, truth = some_rows()
    model = fit_softmax(rows * 3, truth, 3, 10.0)
    assert (model.logits(rows * 3).argmax(axis=1) == truth).mean() > 0.75


def test_the_slope_is_flat_where_fitting_ends():
    rows, truth = some_rows()
    model = fit_softmax(rows, truth, 3, 1.0, steps=500)
    residual = softmax(model.logits(rows)) - np.eye(3, dtype=np.float32)[truth]
    slope = rows.T @ residual + model.weights
    assert np.abs(slope).max() < 0.02


def test_a_rare_class_weighs_as_much_as_a_frequent_one():
    rows = np.array([[0.0]] * 95 + [[1.0]] * 5, np.float32)
    truth = np.array([0] * 95 + [1] * 5)
    model = fit_softmax(rows, truth, 2, 1.0)
    assert softmax(model.logits(np.array([[1.0]], np.float32)))[0, 1] > 0.9
    assert abs(float(softmax(model.logits(np.array([[0.5]], np.float32)))[0, 1]) - 0.5) < 0.05


def test_a_class_without_rows_never_wins():
    rows, truth = some_rows(classes=2)
    model = fit_softmax(rows, truth, 4, 10.0)
    assert set(model.logits(rows * 50).argmax(axis=1)) <= {0, 1}


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        fit_softmax(np.ones((3, 2), np.float32), np.zeros(3, np.int64), 1, 1.0)


def test_temperature_takes_back_confidence_that_is_not_earned():
    truth = np.array([0, 1] * 50)
    logits = np.where(np.eye(2)[np.where(np.arange(100) % 5, truth, 1 - truth)] > 0, 20.0, 0.0).astype(np.float32)
    temperature = fit_temperature(logits, truth)
    assert abs(float(softmax(logits, temperature).max(axis=1).mean()) - 0.8) < 0.03
