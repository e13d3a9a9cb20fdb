from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from bench_cases import events_of

from loglynx.bench.calibrated import Calibrated, Strangeness
from loglynx.bench.task import Detector, Events


class Number:
    """A window's score is its first message, a number."""

    name = "number"
    smallest_scale = 1.0
    is_deterministic = True

    def __init__(self) -> None:
        self.fitted: list[float] = []
        self.scored = 0

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self.fitted = [float(events[0].message) for events in windows]

    def score(self, windows: Sequence[Events]) -> Strangeness:
        self.scored = len(windows)
        return np.array([float(events[0].message) for events in windows]), None


def windows(*numbers: float) -> list[Events]:
    return [events_of(str(number)) for number in numbers]


def test_the_last_fifth_is_kept_from_fitting_with_a_gap() -> None:
    scorer = Number()
    detector: Detector = Calibrated(scorer)
    detector.fit(windows(*range(100)), budget=0.5, seed=0)
    assert scorer.fitted == [float(n) for n in range(80)]
    # Calibrated on 81 to 99: 19 values, of which 9 may lie above.
    assert scorer.scored == 19
    assert detector.score(windows(0)).threshold == 90.0


def test_windows_that_slide_set_no_threshold_by_a_line_that_was_fitted_on() -> None:
    """Windows of ten lines, a new one at each line: nine behind the cut share lines with those before it."""
    scorer = Number()
    events = events_of(*map(str, range(109)))
    Calibrated(scorer).fit([events[at : at + 10] for at in range(100)], budget=0.5, seed=0)
    assert scorer.fitted[-1] == 79.0
    assert scorer.scored == 11, "the windows from line 89 on: 79 + 10"


def test_the_budget_is_kept_on_more_of_the_same() -> None:
    rng = np.random.default_rng(0)
    detector = Calibrated(Number())
    detector.fit(windows(*rng.normal(size=5000).tolist()), budget=0.01, seed=0)
    scores = detector.score(windows(*rng.normal(size=5000).tolist()))
    assert 0.5 < (scores.strangeness > scores.threshold).mean() / 0.01 < 2.0


def test_equal_windows_are_scored_once_but_all_count() -> None:
    scorer = Number()
    detector = Calibrated(scorer)
    detector.fit(windows(*[0.0] * 1000, *[5.0] * 20, *[0.0] * 180), budget=0.1, seed=0)
    assert scorer.scored == 2
    assert detector.threshold == 0.0, "20 in 239 are within a budget of a tenth"


def test_few_windows_calibrate_on_themselves() -> None:
    detector = Calibrated(Number())
    detector.fit(windows(1.0, 2.0, 3.0), budget=0.001, seed=0)
    assert 3.0 < detector.threshold < math.inf


def test_no_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="no windows"):
        Calibrated(Number()).fit([], 0.1, 0)
