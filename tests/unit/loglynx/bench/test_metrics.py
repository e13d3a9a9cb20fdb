from __future__ import annotations

import math

import numpy as np
import pytest
from bench_cases import a_case

from loglynx.bench.metrics import Measures, measure, quality
from loglynx.bench.task import Scores

BUDGET = 0.1


def measured(truth: str, flagged: str, multisets: list[int] | None = None, **more: object) -> Measures:
    """``truth`` x: anomalous; ``flagged`` x: above the threshold."""
    cases = [a_case("a", wrong=(0,) if mark == "x" else ()) for mark in truth]
    scores = Scores(np.array([1.0 if mark == "x" else 0.0 for mark in flagged]), 0.5)
    kinds = np.arange(len(truth)) if multisets is None else np.array(multisets)
    return measure(cases, scores, BUDGET, kinds, np.array([0]), **more)  # type: ignore[arg-type]


def test_at_the_threshold_by_hand() -> None:
    found = measured("xxx.......", "x.xx......").quality
    assert (found.windows, found.anomalies, found.flagged, found.false_alarms) == (10, 3, 3, 1)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)


def test_a_window_at_the_threshold_is_not_flagged() -> None:
    cases = [a_case("a"), a_case("b", wrong=(0,))]
    found = measure(cases, Scores(np.array([0.5, math.nan]), 0.5), BUDGET, np.arange(2), np.arange(1))
    assert found.quality.flagged == 0


def test_alarms_against_the_budget_and_how_they_age() -> None:
    found = measured("." * 30, "." * 19 + "x" + "." * 8 + "xx")
    assert found.false_alarm_ratio == pytest.approx(3 / 30 / BUDGET)
    assert found.thirds == pytest.approx((0.0, 1.0, 2.0))


def test_hits_are_no_false_alarms() -> None:
    found = measured("xxx" + "." * 27, "xxx" + "." * 27)
    assert found.false_alarm_ratio == 0.0
    assert found.thirds == (0.0, 0.0, 0.0)


def test_equal_windows_count_once_but_not_across_labels() -> None:
    found = measured("xxxx..", "xxx...", [7, 7, 7, 8, 7, 9])
    assert found.quality.recall == pytest.approx(3 / 4)
    assert (found.distinct.windows, found.distinct.anomalies) == (4, 2)
    assert found.distinct.recall == pytest.approx(1 / 2)


def test_novel_windows_were_not_fitted_on() -> None:
    found = measured("x..x", "xx..", [0, 1, 0, 2])  # 0 was
    assert (found.novel.windows, found.novel.anomalies, found.novel.recall) == (2, 1, 0.0)


def test_episodes_are_hit_by_a_flag_on_an_anomalous_window() -> None:
    found = measured("xx..x.", ".x.x.x", episodes=[(0, 2), (4, 6)])
    assert (found.episodes, found.episodes_hit) == (2, 1)


def test_intervals_hold_the_figures() -> None:
    found = measured("x." * 50, "x..." * 25)
    for name, (low, high) in found.intervals.items():
        assert low <= getattr(found.quality, name) <= high


@pytest.mark.parametrize("truth", ["....", "xxxx", ""])
@pytest.mark.parametrize("flags", [".", "x"])
def test_degenerate_truth_gives_nan_and_no_error(truth: str, flags: str) -> None:
    found = measured(truth, flags * len(truth))
    has_both = "." in truth and "x" in truth
    assert math.isnan(found.quality.roc_auc) != has_both
    assert math.isnan(found.quality.f1) == ("x" not in truth)
    assert math.isnan(found.quality.precision) == ("x" not in truth or flags == ".")
    assert math.isnan(found.false_alarm_ratio) == ("." not in truth)


def test_a_detector_that_skips_windows_is_refused() -> None:
    with pytest.raises(ValueError, match="1 scores for 2 windows"):
        measure([a_case("a"), a_case("b")], Scores(np.zeros(1), 0.0), BUDGET, np.arange(2), np.arange(1))


def test_quality_of_a_perfect_order() -> None:
    found = quality(np.array([False, True]), np.array([0.0, 1.0]), np.array([False, False]))
    assert (found.roc_auc, found.average_precision, found.oracle_f1, found.recall_at_1000) == (1.0, 1.0, 1.0, 1.0)
    assert found.f1 == 0.0
    assert math.isnan(found.precision)


def test_false_alarms_close_together_are_one_alert() -> None:
    truth = "x" + "." * 100
    flags = "." + "xx.x" + "." * 30 + "x" + "." * 65
    assert measured(truth, flags).false_alerts_per_1000 == pytest.approx(20.0)
    assert measured(truth, "x" + "." * 100).false_alerts_per_1000 == 0.0
