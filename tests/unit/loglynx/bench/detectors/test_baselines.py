"""What every simple baseline has to do: find the planted line, keep to its events, and give the same figures again."""

from __future__ import annotations

import numpy as np
import pytest
from bench_cases import NEW, NORMAL, a_task, events_of

from loglynx.bench.calibrated import Calibrated
from loglynx.bench.rows import ROWS
from loglynx.bench.task import Scores

BASELINES = [row.name for row in ROWS.values() if row.group == "baseline"]
BLIND = {"length", "iforest"}  # to a template that no tree has ever cut by
WITHOUT_LINES = {"length", "iforest"}
TASK = a_task(fit=200)


def judged(name: str, seed: int = 0) -> Scores:
    detector = ROWS[name].make()
    detector.fit([case.events for case in TASK.fit], 0.05, seed)
    return detector.score([case.events for case in TASK.test])


@pytest.mark.parametrize("name", BASELINES)
def test_the_planted_line_is_found_by_whoever_reads_lines(name: str) -> None:
    scores = judged(name)
    is_flagged = scores.strangeness > scores.threshold
    truth = np.array([case.is_anomaly for case in TASK.test])
    assert scores.strangeness.shape == truth.shape
    assert np.isfinite(scores.strangeness).all()
    assert is_flagged[~truth].mean() <= 0.2
    if name not in BLIND:
        assert is_flagged[truth].all()
        assert scores.strangeness[truth].min() > np.median(scores.strangeness[~truth])


@pytest.mark.parametrize("name", BASELINES)
def test_lines_that_can_be_named_are(name: str) -> None:
    lines = judged(name).lines
    assert (lines is None) == (name in WITHOUT_LINES)
    for case, line in zip(TASK.test, lines or [], strict=False):
        assert line.shape == (len(case.events),)
        if case.is_anomaly:
            assert case.events[int(np.argmax(line))].message == NEW


@pytest.mark.parametrize("name", BASELINES)
def test_the_same_figures_again(name: str) -> None:
    assert judged(name).strangeness.tolist() == judged(name).strangeness.tolist()


@pytest.mark.parametrize("name", BASELINES)
def test_a_seed_that_changes_figures_is_owned_up_to(name: str) -> None:
    detector = ROWS[name].make()
    assert isinstance(detector, Calibrated)
    is_same = judged(name, 0).strangeness.tolist() == judged(name, 1).strangeness.tolist()
    assert detector.is_deterministic == is_same


@pytest.mark.parametrize("name", BASELINES)
def test_a_score_does_not_depend_on_company_or_order(name: str) -> None:
    detector = ROWS[name].make()
    detector.fit([case.events for case in TASK.fit], 0.05, 0)
    asked = [case.events for case in TASK.test]
    together = detector.score(asked).strangeness
    alone = [detector.score([events]).strangeness[0] for events in reversed(asked)]
    assert together == pytest.approx(np.array(alone[::-1]), abs=1e-9)


@pytest.mark.parametrize("name", BASELINES)
def test_odd_windows_break_nothing(name: str) -> None:
    detector = ROWS[name].make()
    detector.fit([events_of(NORMAL[0])] * 12, 0.05, 0)
    odd = [(), events_of(""), events_of("\x00\ud800 登录失败"), events_of(*[NORMAL[0]] * 500)]
    scores = detector.score(odd)
    assert len(scores.strangeness) == len(odd)
    assert not np.isnan(scores.strangeness).any()
