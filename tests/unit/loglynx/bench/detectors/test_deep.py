"""The deep detectors fit, calibrate and judge windows of events, and find what was spoiled."""

from __future__ import annotations

import numpy as np
import pytest
from toy_grammar import FAILURE, Templates, normal_windows, with_failure

from loglynx.bench.detectors.deep import DEEP_NAMES, DeepDetector, DeepName, DeepScorer
from loglynx.bench.task import Detector, Events, Scores
from services.trainer.effort import Effort
from shared.core.records import Event

LITTLE = Effort(steps=150, most_events=1_500, most_held_out_events=100, per_step=256)
BUDGET = 0.02


def events_of(windows: list[Templates]) -> list[Events]:
    return [tuple(Event(text=line, message=line) for line in window) for window in windows]


def judged(name: DeepName) -> tuple[list[Templates], Scores]:
    detector: Detector = DeepDetector(name, LITTLE)
    detector.fit(events_of(normal_windows(150)), BUDGET, seed=0)
    asked = normal_windows(30, seed=4)
    asked += [with_failure(window) for window in asked]
    return asked, detector.score(events_of(asked))


@pytest.mark.parametrize("name", DEEP_NAMES)
def test_spoiled_windows_pass_the_threshold_and_normal_ones_do_not(name: DeepName) -> None:
    asked, scores = judged(name)
    flagged = scores.strangeness > scores.threshold
    assert flagged[30:].mean() >= (0.9 if name != "tinylogbert" else 0.3)  # so few steps teach it few words
    assert flagged[:30].mean() <= 0.2
    assert scores.lines is not None
    assert [len(line) for line in scores.lines] == [len(window) for window in asked]
    if name != "tinylogbert":
        worst = [int(np.argmax(line)) for line in scores.lines[30:]]
        assert worst == [window.index(FAILURE) for window in asked[30:]]


def test_nothing_is_scored_before_there_is_a_model() -> None:
    with pytest.raises(RuntimeError):
        DeepScorer("deeplog").score(events_of(normal_windows(1)))


def test_a_window_without_events_is_not_strange() -> None:
    scorer = DeepScorer("deeplog", Effort(steps=5, most_events=500, most_held_out_events=50))
    scorer.fit(events_of(normal_windows(20)), 0)
    strangeness, lines = scorer.score([(), *events_of(normal_windows(1))])
    assert strangeness[0] == 0.0
    assert lines is not None and len(lines[0]) == 0
