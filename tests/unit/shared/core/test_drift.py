"""Measures of drift say nothing of little, nothing of normal life, and much of a shift."""

from __future__ import annotations

import numpy as np

from shared.core.drift import FEWEST_WINDOWS, DriftBounds, Measures, past, score_psi


def strangeness(count: int, shift: float = 1.0, seed: int = 4) -> list[float]:
    p = np.random.default_rng(seed).uniform(size=count) ** shift
    return (-np.log(p)).tolist()


def test_scores_that_are_as_before_have_no_psi() -> None:
    for count in (100, 300, 3000):
        psi = score_psi(strangeness(count), strangeness(700, seed=5))
        assert psi is not None
        assert psi < 0.1


def test_scores_that_have_moved_have_one() -> None:
    for shift in (3.0, 1 / 3):
        psi = score_psi(strangeness(500, shift), strangeness(700, seed=5))
        assert psi is not None
        assert psi > 0.25


def test_few_windows_tell_nothing() -> None:
    few, many = strangeness(FEWEST_WINDOWS - 1), strangeness(700)
    assert score_psi(few, many) is None
    assert score_psi(many, few) is None


def test_only_what_is_past_its_bound_proposes() -> None:
    bounds = DriftBounds()
    assert past(Measures(500, 1, 0.1, 0.01, 0.05, None), bounds) == ()
    assert past(Measures(500, 1, 0.3, 0.06, None, 0.6), bounds) == ("score_psi", "new_templates", "false_positives")
