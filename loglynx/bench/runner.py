"""Runs rows on a task: fit, score, measure, for each seed.

A detector sees events only. Equal windows are scored once (loglynx.bench.distinct), unless the detector says that its
verdicts depend on what it judged before (``is_stateful``). A detector that the seed does not change
(``is_deterministic``) runs once.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence

import numpy as np

from loglynx.bench.costs import CpuTimer, PeakMemory
from loglynx.bench.distinct import DistinctWindows
from loglynx.bench.metrics import measure
from loglynx.bench.ranking import IntArray
from loglynx.bench.results import Cost, RowResult, Run, TaskResult
from loglynx.bench.rows import Row
from loglynx.bench.task import Detector, Events, Scores, Task
from loglynx.bench.templates import Multisets

# Task, row, seed, its run or None where it failed, and whether the row is done with it.
Report = Callable[[str, str, int, Run | None, bool], None]


class _Course:
    """A task with what all of its runs share."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.fit: list[Events] = [case.events for case in task.fit]
        self.test: list[Events] = [case.events for case in task.test]
        self.distinct = DistinctWindows.of(self.test)
        multisets = Multisets()
        self.fit_multisets: IntArray = multisets.of(DistinctWindows.of(self.fit).windows)
        self.multisets: IntArray = multisets.of(self.distinct.windows)[self.distinct.row]

    def run(self, detector: Detector, budget: float, seed: int) -> Run:
        memory = PeakMemory()
        with CpuTimer() as fitting:
            detector.fit(self.fit, budget, seed)
        windows = self.test if getattr(detector, "is_stateful", False) else self.distinct.windows
        with CpuTimer() as scoring:
            scores = detector.score(windows)
        lines = sum(map(len, windows))
        cost = Cost(
            fit_cpu_s=fitting.seconds,
            score_cpu_s=scoring.seconds,
            scored_windows=len(windows),
            scored_lines=lines,
            lines_per_s=lines / max(scoring.seconds, 1e-9),
            memory_mb=memory.grown_mb(),
            memory_method=memory.method,
        )
        if windows is not self.test:
            scores = _spread_out(scores, self.distinct.row)
        found = measure(self.task.test, scores, budget, self.multisets, self.fit_multisets, self.task.episodes)
        return Run(seed, found, cost, scores.strangeness)


def run_task(task: Task, rows: Sequence[Row], seeds: int, budget: float, report: Report) -> TaskResult:
    """``report`` hears of every run, as soon as it is done.

    A row that breaks is told with its reason and does not stop the others: a night's work must not hang on it.
    """
    course = _Course(task)
    found = [_run_row(course, row, seeds, budget, report) for row in rows]
    is_anomaly = np.array([case.is_anomaly for case in task.test], dtype=bool)
    return TaskResult(task, is_anomaly, len(course.distinct.windows), found)


def _run_row(course: _Course, row: Row, seeds: int, budget: float, report: Report) -> RowResult:
    result = RowResult(row.name)
    for seed in range(seeds):
        try:
            detector = row.make()
            run = course.run(detector, budget, seed)
        except ImportError as error:
            result.failure = f"needs {error.name or error}, which is not installed: the extra {row.extra}"
            report(course.task.name, row.name, seed, None, True)
            break
        except Exception as error:
            traceback.print_exc()
            result.failure = f"{type(error).__name__}: {error}"
            report(course.task.name, row.name, seed, None, True)
            break
        result.runs.append(run)
        result.is_deterministic = bool(getattr(detector, "is_deterministic", False))
        report(course.task.name, row.name, seed, run, result.is_deterministic or seed + 1 == seeds)
        if result.is_deterministic:
            break
    return result


def _spread_out(scores: Scores, row: IntArray) -> Scores:
    """The scores of the distinct windows, for every window."""
    lines = None if scores.lines is None else [scores.lines[at] for at in row.tolist()]
    return Scores(np.asarray(scores.strangeness, dtype=np.float64)[row], scores.threshold, lines)
