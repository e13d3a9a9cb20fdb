"""The area under the curve is the chance that a fault outranks the normal."""

from __future__ import annotations

import math

import numpy as np
import pytest

from services.trainer.evaluate import area_under_curve


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
