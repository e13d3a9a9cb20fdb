"""Runs trained models over the same test and gathers all that a report says of them.

In: models and cases. Out: a Comparison. Thresholds are the models' own, set without a label; the best threshold that
labels could have picked is found too, and called oracle wherever it appears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from loglynx.bench.ranking import BoolArray, FloatArray, IntArray, Ranking
from loglynx.bench.results import RowResult, TaskResult
from loglynx.bench.rows import Row
from loglynx.bench.runner import Report, run_task
from loglynx.bench.task import Case, Detector, Events, Scores, Task
from loglynx.failures import CommandFailed
from loglynx.trained_model import TrainedModel

_MOST_EMBEDDED = 800  # windows in the picture of embeddings
_MOST_ANOMALIES = 300


@dataclass(frozen=True, slots=True)
class Oracle:
    """The threshold with the best F1, found with the test's labels: a ceiling, never a result."""

    threshold: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class StrangeWindow:
    """One of the strangest. at: its place in the test, from 0   lines, surprise: of each event"""

    at: int
    strangeness: float
    is_flagged: bool
    is_anomaly: bool | None
    lines: tuple[str, ...]
    surprise: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Embedded:
    """rows (m,) places in the test of the windows shown   points (m, dim) where they lie for the model"""

    rows: tuple[int, ...]
    points: FloatArray


@dataclass(frozen=True, slots=True)
class Comparison:
    """result  as the benchmark has it, a row per model; the others by model name"""

    result: TaskResult
    is_told: bool
    models: dict[str, TrainedModel]
    oracles: dict[str, Oracle]
    strangest: dict[str, list[StrangeWindow]]
    embedded: dict[str, Embedded]


class _Loaded:
    """A Detector that was fitted elsewhere."""

    is_deterministic = True

    def __init__(self, model: TrainedModel) -> None:
        self.name = model.name
        self._model = model

    def fit(self, windows: Sequence[Events], budget: float, seed: int) -> None:
        """It is."""

    def score(self, windows: Sequence[Events]) -> Scores:
        return self._model.score(windows)


def compare(
    models: Sequence[TrainedModel],
    cases: Sequence[Case],
    is_told: bool,
    name: str,
    budget: float,
    top: int,
    report: Report,
) -> Comparison:
    """Raises CommandFailed where there is nothing to judge, or a model breaks."""
    if not cases:
        raise CommandFailed("there is not one window to judge", "give a test with more lines")
    by_name = _named(models)
    rows = [Row(called, "trained", model.model_type, _maker(model)) for called, model in by_name.items()]
    note = "" if is_told else "nothing in this test is labelled, so only scores and flags are told"
    task = Task(name, "sessions", (), tuple(cases), note=note)
    result = run_task(task, rows, 1, budget, report)
    for row in result.rows:
        if row.failure:
            raise CommandFailed(f"{row.row} could not judge the test: {row.failure}")
    shown = _shown(result.is_anomaly)
    windows = [cases[at].events for at in shown]
    return Comparison(
        result,
        is_told,
        by_name,
        {row.row: oracle(result.is_anomaly, row.runs[0].strangeness) for row in result.rows} if is_told else {},
        {row.row: _strangest(row, by_name[row.row], cases, is_told, top) for row in result.rows},
        {called: Embedded(tuple(shown), model.embed(windows)) for called, model in by_name.items()},
    )


def oracle(is_anomaly: BoolArray, strangeness: FloatArray) -> Oracle:
    """Flagging what is at least as strange as its threshold has the best F1 there is; zeros without an anomaly."""
    ranking = Ranking.of(is_anomaly, strangeness)
    hits = np.cumsum(ranking.anomalies[:, 0])
    flagged = hits + np.cumsum(ranking.normals[:, 0])
    if not len(hits) or hits[-1] == 0:
        return Oracle(float("inf"), 0.0, 0.0, 0.0)
    f1 = 2.0 * hits / (flagged + hits[-1])
    best = int(np.argmax(f1))
    precision, recall = hits[best] / flagged[best], hits[best] / hits[-1]
    return Oracle(float(ranking.cuts[best]), float(precision), float(recall), float(f1[best]))


def _maker(model: TrainedModel) -> Callable[[], Detector]:
    return lambda: _Loaded(model)


def _named(models: Sequence[TrainedModel]) -> dict[str, TrainedModel]:
    """By name; what is called alike is told apart by its version, then by its place."""
    named: dict[str, TrainedModel] = {}
    for place, model in enumerate(models, start=1):
        name = model.name
        if name in named:
            name = f"{name} {model.version}"
        named[name if name not in named else f"{name} {place}"] = model
    return named


def _shown(is_anomaly: BoolArray) -> list[int]:
    strange = _evenly(np.flatnonzero(is_anomaly), _MOST_ANOMALIES)
    kept = np.concatenate([strange, _evenly(np.flatnonzero(~is_anomaly), _MOST_EMBEDDED - len(strange))])
    found: list[int] = np.sort(kept).tolist()
    return found


def _evenly(rows: IntArray, most: int) -> IntArray:
    if len(rows) <= most:
        return rows
    return rows[np.unique(np.linspace(0, len(rows) - 1, most).astype(np.int64))]


def _strangest(
    row: RowResult, model: TrainedModel, cases: Sequence[Case], is_told: bool, top: int
) -> list[StrangeWindow]:
    strangeness = row.runs[0].strangeness
    places = np.argsort(-strangeness, kind="stable")[:top].tolist()
    scores = model.score([cases[at].events for at in places])
    lines = scores.lines or [np.zeros(len(cases[at].events)) for at in places]
    return [
        StrangeWindow(
            at,
            float(strangeness[at]),
            bool(strangeness[at] > scores.threshold),
            cases[at].is_anomaly if is_told else None,
            tuple(event.text for event in cases[at].events),
            tuple(float(value) for value in own),
        )
        for at, own in zip(places, lines, strict=True)
    ]
