"""The area under the curve is the chance that a fault outranks the normal; precision averages over recall."""

from __future__ import annotations

import math

import numpy as np
import pytest

from services.trainer.ranking import area_under_curve, average_precision


def by_pairs(scores: list[float], truth: list[bool]) -> float:
    pairs = [
        (a > b) + 0.5 * (a == b)
        for a, t in zip(scores, truth, strict=True)
        for b, u in zip(scores, truth, strict=True)
        if t and not u
    ]
    return sum(pairs) / len(pairs)


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_counting_pairs_with_ties_half(seed: int) -> None:
    draw = np.random.default_rng(seed)
    scores, truth = draw.integers(0, 6, 40).astype(float), draw.random(40) < 0.3
    assert area_under_curve(scores, truth) == pytest.approx(by_pairs(scores.tolist(), truth.tolist()))


def test_it_is_nothing_when_one_kind_is_missing() -> None:
    assert math.isnan(area_under_curve(np.array([1.0, 2.0]), np.array([True, True])))
    assert math.isnan(average_precision(np.array([1.0, 2.0]), np.array([False, False])))


def test_average_precision_of_a_worked_example() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    truth = np.array([True, False, True, False])
    assert average_precision(scores, truth) == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_scores_that_all_tie_are_worth_the_share_of_truth() -> None:
    assert average_precision(np.ones(10), np.arange(10) < 3) == pytest.approx(0.3)
