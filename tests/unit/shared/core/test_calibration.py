"""p-values that hold their promise inside the calibration values and beyond them."""

import dataclasses
import math

import numpy as np
import pytest

from shared.core.calibration import SMALLEST_P, fit_tail, resolved


def test_p_values_of_fresh_values_are_uniform() -> None:
    rng = np.random.default_rng(1)
    tail = fit_tail(rng.exponential(size=500), 0.1)
    p = tail.p_values(rng.exponential(size=20_000))
    for level in (0.5, 0.1, 0.02):
        assert np.mean(p <= level) == pytest.approx(level, rel=0.4)


def test_the_tail_goes_on_where_the_values_end() -> None:
    rng = np.random.default_rng(2)
    tail = fit_tail(rng.exponential(size=300), 0.1)
    # P(X >= 12) of an exponential is 6e-6; no calibration value is near it.
    assert 1e-8 < tail.p_values(np.array([12.0]))[0] < 1e-3


def test_p_never_increases_with_strangeness() -> None:
    rng = np.random.default_rng(3)
    tail = fit_tail(rng.normal(size=200), 0.1)
    p = tail.p_values(np.linspace(-5, 50, 1000))
    assert np.all(np.diff(p) <= 0)
    assert p[0] == 1.0
    assert p[-1] >= SMALLEST_P


def test_calibration_values_are_judged_against_the_others() -> None:
    tail = fit_tail(np.array([1.0, 5.0, 2.0, 5.0]), 0.1)
    assert tail.p_values_within(np.array([1.0, 2.0, 5.0])).tolist() == [1.0, 0.75, 0.5]
    apart = fit_tail(np.arange(100.0), 0.1)
    for row in (0, 50, 98, 99):
        others = fit_tail(np.delete(np.arange(100.0), row), 0.1)
        at_least = np.count_nonzero(others.values >= row)
        assert apart.p_values_within(np.array([row])) == pytest.approx((1 + at_least) / 100)


def test_far_out_values_keep_their_order_where_the_smallest_p_allows_it() -> None:
    tail = fit_tail(np.zeros(99), 0.5)
    far, farther = tail.p_values(np.array([20.0, 30.0]))
    assert far == farther == SMALLEST_P
    far, farther = tail.p_values(np.array([20.0, 30.0]), smallest=1e-300)
    assert farther < far < SMALLEST_P


def test_equal_calibration_values_use_the_smallest_scale() -> None:
    tail = fit_tail(np.zeros(99), 0.5)
    p = tail.p_values(np.array([0.0, 0.5, 1.0]))
    assert p[0] == 1.0
    assert p[1] == pytest.approx(0.01 * np.exp(-1))
    assert p[2] == pytest.approx(0.01 * np.exp(-2))


def test_nothing_to_calibrate_on_says_nothing() -> None:
    assert fit_tail(np.zeros(0), 1.0).p_values(np.array([-1.0]))[0] == 1.0


def test_a_budget_is_kept_where_the_windows_can_tell_it() -> None:
    assert resolved(0.01, 250) == 0.01
    assert resolved(0.001, 249) == pytest.approx(0.002)
    assert resolved(0.001, 10_000) == 0.001


@pytest.mark.parametrize("count", [3, 50, 999, 1000, 5000])
@pytest.mark.parametrize("budget", [0.2, 0.01, 0.001, 1e-5])
@pytest.mark.parametrize("law", ["normal", "heavy", "counts", "bounded"])
def test_exactly_what_passes_the_threshold_has_a_p_value_within_the_budget(
    count: int, budget: float, law: str
) -> None:
    rng = np.random.default_rng(count)
    values = {
        "normal": rng.normal(size=count),
        "heavy": rng.pareto(2.0, size=count),
        "counts": rng.poisson(0.3, size=count).astype(float),
        "bounded": rng.random(count),
    }[law]
    tail = fit_tail(values, 0.1)
    if tail.shape < 0 and 1 + tail.shape * (values.max() - tail.start) / tail.scale <= 0:
        pytest.skip("the tail ends before the largest value, see below")
    threshold = tail.threshold(budget)
    above = threshold + np.array([1e-6, 0.1, 1.0, 100.0]) * max(1.0, abs(threshold))
    assert (tail.p_values(above) <= budget * (1 + 1e-3)).all()
    below = threshold - 1e-6 * max(1.0, abs(threshold))
    assert tail.p_values(np.array([below]))[0] > budget * (1 - 1e-3)


def test_a_value_beyond_the_end_of_a_short_tail_does_not_make_the_threshold_unreachable() -> None:
    values = np.random.default_rng(0).random(200)
    values[-1] = 50.0
    tail = dataclasses.replace(fit_tail(values, 0.1), start=0.8, scale=0.1, shape=-0.2)
    assert 50.0 < tail.threshold(0.001) < 51.0


def test_nothing_passes_when_nothing_is_known() -> None:
    assert fit_tail(np.zeros(0), 1.0).threshold(0.01) == math.inf
