"""Scores without a model, in the form that pictures are drawn from."""

from __future__ import annotations

import numpy as np

from loglynx.bench.metrics import measure
from loglynx.bench.ranking import BoolArray, FloatArray
from loglynx.bench.results import Cost, RowResult, Run, TaskResult
from loglynx.bench.task import Case, Scores, Task
from loglynx.comparison.compare import Comparison, Embedded, oracle

_NO_COST = Cost(0.0, 0.0, 0, 0, 0.0, 0.0, "maxrss-growth")
_BUDGET = 0.001


def comparison_of(
    name: str, strangeness: FloatArray, is_anomaly: BoolArray, threshold: float, points: FloatArray | None
) -> Comparison:
    """One row, called ``name``; points (n, dim) or None."""
    cases = tuple(Case((), bool(truth)) for truth in is_anomaly)
    nothing = np.zeros(len(cases), dtype=np.int64)
    found = measure(cases, Scores(strangeness, threshold), _BUDGET, nothing, nothing)
    row = RowResult(name, True, [Run(0, found, _NO_COST, strangeness)])
    result = TaskResult(Task(name, "sessions", (), cases), is_anomaly, len(cases), [row])
    embedded = {} if points is None else {name: Embedded(tuple(range(len(points))), points)}
    return Comparison(result, True, {}, {name: oracle(is_anomaly, strangeness)}, {}, embedded)
