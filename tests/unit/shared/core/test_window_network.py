"""The window reader's network: probabilities over lines and categories, from whatever a window holds."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_readers import DIM, tiny_network

from shared.core.records import Level
from shared.core.window_network import LineInputs, columns_for, level_columns, window_columns

K = 7


def inputs(count: int, seed: int = 0) -> LineInputs:
    rng = np.random.default_rng(seed)
    return LineInputs(
        [rng.choice(500, 5, replace=False).astype(np.int32) for _ in range(count)],
        [None if n % 3 == 0 else Level(n % 7) for n in range(count)],
        rng.normal(0, 1, (count, DIM)).astype(np.float32),
        rng.normal(0, 3, (count, 1 + K)).astype(np.float32),
    )


@pytest.mark.parametrize("count", [1, 2, 15, 32])
def test_shares_of_lines_and_of_categories_sum_to_one(count: int) -> None:
    found = tiny_network(K).read(inputs(count))
    assert (found.evidence.shape, found.category.shape) == ((count,), (count, K))
    np.testing.assert_allclose(np.exp(found.evidence).sum(), 1.0, rtol=1e-5)
    np.testing.assert_allclose(np.exp(found.category).sum(1), 1.0, rtol=1e-5)


def test_a_line_is_read_beside_the_others() -> None:
    lines = inputs(4)
    alone = LineInputs(lines.features[:1], lines.levels[:1], lines.vectors[:1], lines.linear[:1])
    network = tiny_network(K)
    assert np.abs(network.read(lines).category[0] - network.read(alone).category[0]).max() > 1e-3


def test_a_reader_without_doubt_stays_finite() -> None:
    lines = inputs(3)
    lines.linear[:] = 0.0
    lines.linear[:, 2] = 1e4
    found = tiny_network(K).read(lines)
    assert np.isfinite(found.evidence).all()
    assert np.isfinite(found.category).all()


def test_columns_are_as_many_as_a_network_is_made_for() -> None:
    lines = inputs(4)
    columns = window_columns([lines.linear] * 3, level_columns(lines.levels))
    assert columns.shape == (4, columns_for(K))


def test_a_level_has_a_column_of_its_own_and_none_has_one_too() -> None:
    columns = level_columns([None, *Level])
    np.testing.assert_array_equal(columns, np.eye(1 + len(Level)))
