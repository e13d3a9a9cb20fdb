"""p-values that hold their promise inside the calibration values and beyond them."""

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
