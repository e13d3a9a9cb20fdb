from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from bench_cases import a_case, a_task

from loglynx.bench.results import Run
from loglynx.bench.rows import Row
from loglynx.bench.runner import run_task
from loglynx.bench.task import Events, Scores, Task

Told = list[tuple[str, int, bool, bool]]


class Fake:
    """Scores a window by its length plus chance, and remembers what it was given."""

    name = "fake"

    def __init__(self, is_deterministic: bool = False, is_stateful: bool = False) -> None:
        self.is_deterministic = is_deterministic
        self.is_stateful = is_stateful
        self.given: list[Events] = []
        self.asked: list[Events] = []

    def fit(self, windows: Sequence[Events], budget: float, seed: int) -> None:
        self.given = list(windows)
        self.seed, self.budget = seed, budget

    def score(self, windows: Sequence[Events]) -> Scores:
        self.asked = list(windows)
        lines = [np.arange(len(events), dtype=float) for events in windows]
        return Scores(np.array([len(events) + 0.1 * self.seed for events in windows]), 4.5, lines)


def a_row(*made: Fake) -> Row:
    left = list(made)
    return Row("fake", "baseline", "", lambda: left.pop(0))


def run(task: Task, row: Row, seeds: int = 3) -> tuple[list[Run], Told, object]:
    told: Told = []
    result = run_task(task, [row], seeds, 0.01, lambda _, r, s, run, last: told.append((r, s, run is not None, last)))
    return result.rows[0].runs, told, result.rows[0]


def test_every_seed_has_its_own_detector_and_is_told() -> None:
    made = [Fake(), Fake(), Fake()]
    runs, told, row = run(a_task(), a_row(*made))
    assert [r.seed for r in runs] == [f.seed for f in made] == [0, 1, 2]
    assert told == [("fake", 0, True, False), ("fake", 1, True, False), ("fake", 2, True, True)]
    assert made[0].budget == 0.01
    assert not row.is_deterministic  # type: ignore[attr-defined]


def test_what_chance_does_not_change_runs_once() -> None:
    runs, told, row = run(a_task(), a_row(Fake(is_deterministic=True)))
    assert len(runs) == 1
    assert told == [("fake", 0, True, True)]
    assert row.is_deterministic  # type: ignore[attr-defined]


def test_a_detector_is_given_events_and_no_truth() -> None:
    fake = Fake()
    run(a_task(), a_row(fake), seeds=1)
    for window in (*fake.given, *fake.asked):
        assert isinstance(window, tuple)
        assert not any(hasattr(event, "is_anomaly") for event in window)


def test_equal_windows_are_scored_once_and_every_one_of_them_is_measured() -> None:
    task = replace(a_task(), test=tuple([a_case("a"), a_case("a", "b"), a_case("a"), a_case("a", "b")] * 5))
    fake = Fake()
    runs, _, _ = run(task, a_row(fake), seeds=1)
    assert len(fake.asked) == 2
    assert runs[0].strangeness.tolist() == [1.0, 2.0] * 10
    assert runs[0].measures.quality.windows == 20
    assert (runs[0].cost.scored_windows, runs[0].cost.scored_lines) == (2, 3)


def test_a_detector_with_a_memory_gets_every_window_in_order() -> None:
    task = replace(a_task(), test=(a_case("a"), a_case("b"), a_case("a")))
    fake = Fake(is_stateful=True)
    run(task, a_row(fake), seeds=1)
    assert fake.asked == [case.events for case in task.test]


def test_figures_belong_to_their_windows() -> None:
    runs, _, _ = run(a_task(), a_row(Fake()), seeds=1)
    cases = a_task().test
    assert runs[0].strangeness.tolist() == [len(case.events) for case in cases]
    expected = sum(len(case.events) > 4.5 for case in cases)
    assert runs[0].measures.quality.flagged == expected
    assert runs[0].measures.localisation is not None
    assert runs[0].measures.localisation.top1 == 1.0, "the planted line is the last, which Fake names"


def test_windows_seen_while_fitting_are_not_novel() -> None:
    task = a_task()
    runs, _, _ = run(replace(task, test=task.fit), a_row(Fake()), seeds=1)
    assert runs[0].measures.novel.windows == 0


def test_a_row_that_breaks_says_why_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Fake:
        raise ZeroDivisionError("by zero")

    def absent() -> Fake:
        raise ModuleNotFoundError("no torch", name="torch")

    rows = [Row("broken", "ours", "", broken), Row("absent", "deep", "", absent), a_row(Fake(is_deterministic=True))]
    told: list[tuple[str, bool]] = []
    result = run_task(a_task(), rows, 3, 0.01, lambda _, row, s, run, last: told.append((row, run is None)))
    assert told == [("broken", True), ("absent", True), ("fake", False)]
    assert [row.failure for row in result.rows] == [
        "ZeroDivisionError: by zero",
        "needs torch, which is not installed: the extra trainer",
        "",
    ]
    assert "ZeroDivisionError" in capsys.readouterr().err
