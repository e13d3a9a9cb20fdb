import numpy as np
import pytest

from shared.core.random_trees import fit_random_trees


def some_rows(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Class 1 where exactly one of two columns is high: no line parts that. Three columns of noise."""
    rng = np.random.default_rng(0)
    rows = rng.random((count, 5)).astype(np.float32)
    return rows, ((rows[:, 0] > 0.5) != (rows[:, 1] > 0.5)).astype(np.int64)


def test_trees_learn_what_no_line_parts():
    rows, classes = some_rows(300)
    trees = fit_random_trees(rows[:200], classes[:200], 2, seed=0)
    found = trees.probabilities(rows[200:])
    assert np.allclose(found.sum(axis=1), 1.0, atol=1e-5)
    assert (found.argmax(axis=1) == classes[200:]).mean() > 0.8


def test_the_same_seed_grows_the_same_trees():
    rows, classes = some_rows()
    first, second = (fit_random_trees(rows, classes, 2, seed=3, trees=5) for _ in range(2))
    assert np.array_equal(first.threshold, second.threshold)
    assert not np.array_equal(first.threshold, fit_random_trees(rows, classes, 2, seed=4, trees=5).threshold[:1])


def test_every_class_weighs_the_same_where_rows_tell_nothing():
    rows = np.zeros((11, 3), np.float32)
    found = fit_random_trees(rows, np.array([0] * 10 + [1]), 2, seed=0, trees=3).probabilities(rows)
    assert np.allclose(found, 0.5)


def test_a_class_without_rows_gets_nothing():
    rows, classes = some_rows()
    assert fit_random_trees(rows, classes, 3, seed=0).probabilities(rows)[:, 2].max() == 0.0


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="two"):
        fit_random_trees(np.zeros((3, 2), np.float32), np.zeros(3, np.int64), 2, seed=0)
