"""Figures of labelled windows: how right, how sure, how well founded, with intervals.

In: ``Outcome``s. Out: a ``Measures``; None where no row says what would be needed. Pure. Intervals are 95 %, from
resampling whole groups where rows name one, single rows otherwise; NaN where every label is of one group, so that
nothing can be said of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BINS = 10
COVERAGE = 0.8
RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out for one row. A claim that the row cannot judge, or the engine does not make, is None.

    evidence_hits    right, named, expected lines     entity_hits   the same of names
    is_grounded      every line, name and number in the answer stands in the window
    """

    label: str
    predicted: str
    confidence: float
    group: str | None = None
    evidence_hits: tuple[int, int, int] | None = None
    entity_hits: tuple[int, int, int] | None = None
    is_grounded: bool | None = None
    is_right_language: bool | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares in 0..1. ``entity_exact``: of the rows that expect names, those whose every name was given.

    entity_precision, entity_recall, entity_f1  means over the rows that expect names; precision over those given any
    """

    rows: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    macro_f1_interval: tuple[float, float]
    ece: float
    accuracy_at_80: float
    evidence_f1: float | None
    entity_exact: float | None
    entity_precision: float | None
    entity_recall: float | None
    entity_f1: float | None
    grounding: float | None
    language: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    per_class: dict[str, tuple[int, float, float]]
    confusion: dict[str, dict[str, int]]
    reliability: list[tuple[float, float, int]]


def measure(outcomes: Sequence[Outcome], seed: int = 0) -> Measures:
    """``per_class``: rows, recall, F1. ``reliability``: mean confidence, accuracy and rows of each filled bin."""
    labels = sorted({outcome.label for outcome in outcomes} | {outcome.predicted for outcome in outcomes})
    number = {label: at for at, label in enumerate(labels)}
    truth = np.array([number[outcome.label] for outcome in outcomes], np.int64)
    said = np.array([number[outcome.predicted] for outcome in outcomes], np.int64)
    sure = np.array([outcome.confidence for outcome in outcomes], np.float64)
    counts = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (truth, said), 1)
    accuracy, macro = _scores(counts[None].astype(np.float64))
    accuracies, macros = _scores(_resampled(outcomes, truth, said, len(labels), seed))
    reliability = _reliability(truth == said, sure)
    kept = np.argsort(-sure, kind="stable")[: max(1, round(COVERAGE * len(outcomes)))]
    latencies = [outcome.latency_ms for outcome in outcomes if outcome.latency_ms is not None]
    return Measures(
        rows=len(outcomes),
        accuracy=float(accuracy[0]),
        accuracy_interval=_middle(accuracies),
        macro_f1=float(macro[0]),
        macro_f1_interval=_middle(macros),
        ece=sum(abs(mean - right) * rows for mean, right, rows in reliability) / len(outcomes),
        accuracy_at_80=float((truth == said)[kept].mean()),
        evidence_f1=_mean([_f1(*hits) for o in outcomes if (hits := o.evidence_hits) is not None]),
        entity_exact=_mean([float(h[0] == h[2]) for o in outcomes if (h := o.entity_hits) is not None and h[2]]),
        entity_precision=_mean([h[0] / h[1] for o in outcomes if (h := o.entity_hits) is not None and h[1] and h[2]]),
        entity_recall=_mean([h[0] / h[2] for o in outcomes if (h := o.entity_hits) is not None and h[2]]),
        entity_f1=_mean([_f1(*h) for o in outcomes if (h := o.entity_hits) is not None and h[2]]),
        grounding=_mean([float(o.is_grounded) for o in outcomes if o.is_grounded is not None]),
        language=_mean([float(o.is_right_language) for o in outcomes if o.is_right_language is not None]),
        latency_p50_ms=float(np.quantile(latencies, 0.5)) if latencies else None,
        latency_p95_ms=float(np.quantile(latencies, 0.95)) if latencies else None,
        per_class=_per_class(labels, counts),
        confusion=_confusion(labels, counts),
        reliability=reliability,
    )


def _scores(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Accuracy and macro-F1 of (r, k, k) confusions; a class that neither occurs nor is named does not count."""
    hits = np.einsum("rkk->rk", counts)
    expected, named = counts.sum(axis=2), counts.sum(axis=1)
    f1 = 2 * hits / np.maximum(expected + named, 1)
    occurs = expected > 0
    macro = np.where(occurs, f1, 0).sum(axis=1) / np.maximum(occurs.sum(axis=1), 1)
    return hits.sum(axis=1) / np.maximum(expected.sum(axis=1), 1), macro


def _resampled(outcomes: Sequence[Outcome], truth: IntArray, said: IntArray, labels: int, seed: int) -> FloatArray:
    """(RESAMPLES, k, k) confusions of groups drawn with replacement within each label; none if each has one."""
    names = [f"{o.label}\n{o.group}" if o.group is not None else f"\n{at}" for at, o in enumerate(outcomes)]
    order = {name: at for at, name in enumerate(dict.fromkeys(names))}
    group = np.array([order[name] for name in names])
    rng = np.random.default_rng(seed)
    found = np.zeros((RESAMPLES, labels, labels))
    if len(order) <= len(np.unique(truth)):
        return found[:0]
    for label in np.unique(truth):
        own = np.flatnonzero(truth == label)
        groups, at = np.unique(group[own], return_inverse=True)
        by_group = np.zeros((len(groups), labels))
        np.add.at(by_group, (at, said[own]), 1)
        drawn = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=RESAMPLES)
        found[:, label] = drawn @ by_group
    return found


def _reliability(right: NDArray[np.bool_], sure: FloatArray) -> list[tuple[float, float, int]]:
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    return [
        (float(sure[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum()))
        for b in np.unique(bins)
    ]


def _f1(right: int, named: int, expected: int) -> float:
    return 2 * right / (named + expected) if named + expected else 1.0


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _middle(values: FloatArray) -> tuple[float, float]:
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _per_class(labels: Sequence[str], counts: IntArray) -> dict[str, tuple[int, float, float]]:
    found = {}
    for at, label in enumerate(labels):
        expected, named, hits = int(counts[at].sum()), int(counts[:, at].sum()), int(counts[at, at])
        if expected:
            found[label] = (expected, hits / expected, 2 * hits / (expected + named))
    return found


def _confusion(labels: Sequence[str], counts: IntArray) -> dict[str, dict[str, int]]:
    return {
        label: {other: int(count) for other, count in zip(labels, counts[at], strict=True) if count}
        for at, label in enumerate(labels)
        if counts[at].any()
    }
