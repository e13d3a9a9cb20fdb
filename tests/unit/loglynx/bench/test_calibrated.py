from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest
from bench_cases import events_of

from loglynx.bench.calibrated import Calibrated, Strangeness, threshold_at
from loglynx.bench.task import Detector, Events
from shared.core.calibration import fit_tail


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
    threshold = threshold_at(tail, budget)
    above = threshold + np.array([1e-6, 0.1, 1.0, 100.0]) * max(1.0, abs(threshold))
    assert (tail.p_values(above) <= budget * (1 + 1e-3)).all()
    below = threshold - 1e-6 * max(1.0, abs(threshold))
    assert tail.p_values(np.array([below]))[0] > budget * (1 - 1e-3)


def test_a_value_beyond_the_end_of_a_short_tail_does_not_make_the_threshold_unreachable() -> None:
    values = np.random.default_rng(0).random(200)
    values[-1] = 50.0
    tail = dataclasses.replace(fit_tail(values, 0.1), start=0.8, scale=0.1, shape=-0.2)
    assert 50.0 < threshold_at(tail, 0.001) < 51.0


def test_nothing_passes_when_nothing_is_known() -> None:
    assert threshold_at(fit_tail(np.zeros(0), 1.0), 0.01) == math.inf


def test_the_last_fifth_is_kept_from_fitting_with_a_gap() -> None:
    scorer = Number()
    detector: Detector = Calibrated(scorer)
    detector.fit(windows(*range(100)), budget=0.5, seed=0)
    assert scorer.fitted == [float(n) for n in range(80)]
    # Calibrated on 81 to 99: 19 values, of which 9 may lie above.
    assert scorer.scored == 19
    assert detector.score(windows(0)).threshold == 90.0


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
