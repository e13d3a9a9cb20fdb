"""What a benchmark has found: one Run per task, row and seed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from loglynx.bench.costs import MemoryMethod
from loglynx.bench.metrics import Measures
from loglynx.bench.ranking import BoolArray, FloatArray
from loglynx.bench.task import Task


@dataclass(frozen=True, slots=True)
class Cost:
    """lines_per_s  lines of the windows that were scored, by CPU second; equal windows are scored, and count, once
    memory_mb  growth of the process at its highest, see costs.PeakMemory
    """

    fit_cpu_s: float
    score_cpu_s: float
    scored_windows: int
    scored_lines: int
    lines_per_s: float
    memory_mb: float
    memory_method: MemoryMethod


@dataclass(frozen=True, slots=True)
class Run:
    seed: int
    measures: Measures
    cost: Cost
    strangeness: FloatArray  # (n,) of the test, for plots


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one figure over the seeds."""

    mean: float
    low: float
    high: float


@dataclass(slots=True)
class RowResult:
    """``failure`` says why there are no runs: a package that is missing, a detector that broke."""

    row: str
    is_deterministic: bool = False
    runs: list[Run] = field(default_factory=list)
    failure: str = ""

    def spreads(self) -> dict[str, Spread]:
        """Every figure of the measures by its path, ``distinct.f1`` for one; NaN where no seed knows it."""
        by_path: dict[str, list[float]] = {}
        for run in self.runs:
            for path, value in _figures(run.measures):
                by_path.setdefault(path, []).append(value)
        return {path: _spread(values) for path, values in by_path.items()}


@dataclass(frozen=True, slots=True)
class TaskResult:
    task: Task
    is_anomaly: BoolArray
    distinct_windows: int
    rows: list[RowResult]


def plain_figures(figures: dict[str, Any]) -> dict[str, Any]:
    """For JSON: six figures of each number, None where it has no meaning."""
    return {
        name: (float(f"{value:.6g}") if math.isfinite(value) else None) if isinstance(value, float) else value
        for name, value in figures.items()
    }


def _figures(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if is_dataclass(value):
        for each in fields(value):
            yield from _figures(getattr(value, each.name), f"{path}.{each.name}" if path else each.name)
    elif isinstance(value, tuple):
        for number, each in enumerate(value, start=1):
            yield from _figures(each, f"{path}.{number}")
    elif isinstance(value, int | float):
        yield path, float(value)


def _spread(values: list[float]) -> Spread:
    known = np.array(values)[~np.isnan(values)]
    if len(known) == 0:
        return Spread(float("nan"), float("nan"), float("nan"))
    return Spread(float(known.mean()), float(known.min()), float(known.max()))
