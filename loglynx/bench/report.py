"""The report of a benchmark: JSON for programs, Markdown for people.

The JSON is versioned by ``schema``; a figure that has no meaning is null. Figures stand under stable names:
``tasks[].rows[].runs[].measures`` as in loglynx.bench.metrics, ``tasks[].rows[].spread`` over the seeds by path.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from loglynx.bench.results import RowResult, Run, TaskResult

SCHEMA = 1


def as_json(results: Sequence[TaskResult], budget: float) -> dict[str, Any]:
    """Plain values only; ``json.dumps`` takes it as it is."""
    report: dict[str, Any] = {
        "schema": SCHEMA,
        "budget": budget,
        "environment": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "machine": platform.machine(),
            "system": platform.system(),
        },
        "tasks": [_task(result) for result in results],
    }
    return {key: _plain(value) for key, value in report.items()}


def _task(result: TaskResult) -> dict[str, Any]:
    task = result.task
    return {
        "name": task.name,
        "kind": task.kind,
        "train_labels": task.train_labels,
        "note": task.note,
        "fit_windows": len(task.fit),
        "fit_lines": sum(len(case.events) for case in task.fit),
        "test_windows": len(task.test),
        "test_lines": sum(len(case.events) for case in task.test),
        "test_distinct_windows": result.distinct_windows,
        "test_anomalies": int(result.is_anomaly.sum()),
        "rows": [_row(row) for row in result.rows],
    }


def _row(row: RowResult) -> dict[str, Any]:
    return {
        "row": row.row,
        "is_deterministic": row.is_deterministic,
        "failure": row.failure or None,
        "runs": [_run(run) for run in row.runs],
        "spread": {path: asdict(spread) for path, spread in row.spreads().items()},
    }


def _run(run: Run) -> dict[str, Any]:
    return {"seed": run.seed, "measures": asdict(run.measures), "cost": asdict(run.cost)}


def _plain(value: Any) -> Any:
    """NaN and infinity, which JSON lacks, as None; floats to six figures; tuples as lists."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
