from __future__ import annotations

from pathlib import Path

import pytest
from bench_cases import a_task, normal_cases

pytest.importorskip("matplotlib")

from loglynx.bench.plots import draw
from loglynx.bench.results import RowResult, TaskResult
from loglynx.bench.rows import rows_named
from loglynx.bench.runner import run_task
from loglynx.bench.task import Task


def drawn(task: Task, rows: str, output: Path) -> list[Path]:
    return draw(run_task(task, rows_named(rows), 1, 0.01, lambda *_: None), output)


def test_three_pictures_with_names_that_are_safe(tmp_path: Path) -> None:
    paths = drawn(a_task(name="../my logs"), "new-template,length", tmp_path)
    assert [path.name for path in paths] == [f"..-my-logs-{kind}.png" for kind in ("curves", "scores", "alarms")]
    for path in paths:
        assert path.parent == tmp_path
        assert path.read_bytes().startswith(b"\x89PNG")


def test_a_task_without_anomalies_and_with_one_score_is_drawn(tmp_path: Path) -> None:
    quiet = Task("quiet", "sessions", a_task().fit, tuple(normal_cases(5) * 2))
    assert len(drawn(quiet, "new-template", tmp_path)) == 3


def test_nothing_to_draw(tmp_path: Path) -> None:
    task = a_task()
    result = run_task(task, [], 1, 0.01, lambda *_: None)
    failed = TaskResult(task, result.is_anomaly, 1, [RowResult("deeplog", failure="broken")])
    assert draw(failed, tmp_path) == []
