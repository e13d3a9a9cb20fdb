"""Fits how much each reader counts, on windows of templates that no reader was trained on.

In: opinions of many windows, with the truth. Out: weights, by maximum likelihood of the right lines and of the right
category: that is what makes the probabilities calibrated. A weight is never negative: no opinion counts against what
it says. Numpy only; the same windows give the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.analyzer.embedded.engine import picked
from services.analyzer.embedded.mixing import MOST_EVIDENCE, Mixed, MixWeights, line_scores, mix
from services.analyzer.embedded.opinions import (
    CATEGORIES,
    CATEGORY_COLUMNS,
    EVIDENCE_COLUMNS,
    READERS,
    Opinions,
    softmax,
)
from services.analyzer.schemas import Entity
from shared.core.taxonomy import Category

FloatArray = NDArray[np.float64]
_STEPS, _RATE = 400, 0.05
_LEAST_SHARE = 1e-3  # lines that are less likely the evidence say next to nothing of the category, and cost time
_BIAS_PENALTY = 1e-3  # of its square: what a category starts with stays near nothing unless windows speak for it
_REACHES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
_LEASTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
# A wrong category, shown with its low confidence, costs a quarter of what a right one is worth; "unknown" is worth
# nothing unless it is right.
_COST_OF_WRONG = 0.25


@dataclass(frozen=True, slots=True)
class Judged:
    """A window's opinions and its truth.

    evidence  lines, from 0     lines  text of each, and what it offers as names     named  the names that are right
    """

    opinions: Opinions
    evidence: frozenset[int]
    category: Category
    lines: tuple[tuple[str, Sequence[Entity]], ...] = ()
    named: frozenset[str] = frozenset()


def columns_of(readers: Sequence[str], names: Sequence[str]) -> NDArray[np.bool_]:
    """Which columns are those of ``readers``."""
    return np.array([name.split("_")[0] in readers for name in names])


def fit_mix(
    windows: Sequence[Judged], readers: Sequence[str] = READERS, evidence_readers: Sequence[str] | None = None
) -> MixWeights:
    """Weights for ``readers``, of which ``evidence_readers`` (None: all) choose the lines; the others get none."""
    evidence = fit_choice(
        [window.opinions.evidence for window in windows],
        [[line in window.evidence for line in range(len(window.opinions.evidence))] for window in windows],
        columns_of(readers if evidence_readers is None else evidence_readers, EVIDENCE_COLUMNS),
    )
    category, bias = fit_category(windows, evidence, columns_of(readers, CATEGORY_COLUMNS))
    fitted = [tuple(map(float, part)) for part in (evidence, category, bias)]
    weights = MixWeights(fitted[0], fitted[1], fitted[2], 0.0, 0.0)
    reach = max(_REACHES, key=lambda reach: _evidence_f1(windows, weights, reach))
    least = max(_LEASTS, key=lambda least: _worth(windows, weights, least))
    return replace(weights, reach=reach, least=least)


def fit_choice(
    options: Sequence[NDArray[np.float32]], right: Sequence[Sequence[bool]], columns: NDArray[np.bool_]
) -> FloatArray:
    """(columns,) weights under which the right options are likeliest, by softmax over each window's options."""
    most = max(map(len, options))
    features = np.zeros((len(options), most, len(columns)))
    is_there, is_right = np.zeros((len(options), most), bool), np.zeros((len(options), most), bool)
    for row, (some, marks) in enumerate(zip(options, right, strict=True)):
        features[row, : len(some)], is_there[row, : len(some)], is_right[row, : len(marks)] = some, True, marks
    features, is_there, is_right = (part[is_right.any(1)] for part in (features, is_there, is_right))
    weights = np.where(columns, 0.3, 0.0)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        scores = np.where(is_there, features @ weights, -np.inf)
        shares = np.exp(scores - scores.max(1, keepdims=True))
        wanted = shares * is_right
        shares, wanted = shares / shares.sum(1, keepdims=True), wanted / wanted.sum(1, keepdims=True)
        slope = np.einsum("no,noc->c", shares - wanted, features) / len(features)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        step_size = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-9)
        weights = np.where(columns, np.maximum(weights - _RATE * (1 - step / (_STEPS + 1)) * step_size, 0.0), 0.0)
    return np.asarray(weights, np.float64)


def fit_category(
    windows: Sequence[Judged], evidence: FloatArray, columns: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Weights (columns,) and bias (CATEGORIES,) under which the right categories are likeliest.

    Each line counts as likely as ``evidence`` weights make it; a line's share in a window's slope is how much of the
    right category's probability comes from it.
    """
    owner = np.repeat(np.arange(len(windows)), [len(window.opinions.evidence) for window in windows])
    features = np.concatenate([window.opinions.category for window in windows]).astype(np.float64)
    of_line = np.concatenate([softmax(window.opinions.evidence @ evidence) for window in windows])
    right = np.array([CATEGORIES.index(window.category) for window in windows])[owner]
    counted = of_line > _LEAST_SHARE
    owner, features, of_line, right = owner[counted], features[counted], of_line[counted], right[counted]
    rows = np.arange(len(owner))
    start = np.where(columns, 0.3, 0.0)
    weights, bias = start, np.zeros(len(CATEGORIES))
    moments = [np.zeros(len(weights) + len(bias)) for _ in range(2)]
    for step in range(1, _STEPS + 1):
        shares = softmax(features @ weights + bias)
        part = of_line * shares[rows, right]
        part /= np.bincount(owner, part)[owner]
        error = shares * part[:, None]
        error[rows, right] -= part
        slope = np.concatenate([np.einsum("nc,nck->k", error, features), error.sum(0)]) / len(windows)
        slope[len(weights) :] += 2 * _BIAS_PENALTY * bias
        moments = [0.9 * moments[0] + 0.1 * slope, 0.99 * moments[1] + 0.01 * slope**2]
        by = (moments[0] / (1 - 0.9**step)) / (np.sqrt(moments[1] / (1 - 0.99**step)) + 1e-9)
        by *= _RATE * (1 - step / (_STEPS + 1))
        weights = np.where(columns, np.maximum(weights - by[: len(weights)], 0.0), 0.0)
        bias = bias - by[len(weights) :]
    return weights, bias


def measure(windows: Sequence[Judged], weights: MixWeights) -> dict[str, float]:
    """How good the answers are: shares of windows, F1 of the lines, calibration error in ten bins."""
    found = [mix(window.opinions, weights) for window in windows]
    likeliest = [CATEGORIES[int(one.shares.argmax())] for one in found]
    right = np.array([name is window.category for name, window in zip(likeliest, windows, strict=True)])
    served = np.array([one.category is window.category for one, window in zip(found, windows, strict=True)])
    confidence = np.array([one.confidence for one in found])
    names = _names(windows, found)
    surest = np.argsort(-confidence, kind="stable")[: max(1, int(0.7 * len(found)))]
    return {
        "windows": len(windows),
        "main_line_right": _rounded(
            np.mean([f.main_line in w.evidence for f, w in zip(found, windows, strict=True)])
        ),
        "evidence_f1": _rounded(_evidence_f1(windows, weights, weights.reach)),
        "category_right": _rounded(right.mean()),
        "category_served_right": _rounded(served.mean()),
        "macro_f1": _rounded(_macro_f1(likeliest, [window.category for window in windows])),
        "right_in_surest_70": _rounded(right[surest].mean()),
        "calibration_error": _rounded(calibration_error(confidence, right)),
        "entity_precision": names[0],
        "entity_recall": names[1],
        "entity_f1": names[2],
    }


def _names(windows: Sequence[Judged], found: Sequence[Mixed]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the names given, means over the windows whose evidence names anything."""
    scores = []
    for window, one in zip(windows, found, strict=True):
        if window.named:
            cited = [one.main_line, *(line for line in one.lines if line != one.main_line)]
            given = {entity.span for entity in picked(window.lines[line] for line in cited)}
            right = len(given & window.named)
            scores.append(
                (right / max(len(given), 1), right / len(window.named), 2 * right / (len(given) + len(window.named)))
            )
    means = np.mean(scores, axis=0) if scores else np.zeros(3)
    return _rounded(means[0]), _rounded(means[1]), _rounded(means[2])


def calibration_error(confidence: FloatArray, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error: the mean distance of confidence from accuracy, by bins of equal width."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return float(error)


def _evidence_f1(windows: Sequence[Judged], weights: MixWeights, reach: float) -> float:
    """Mean over windows."""
    total = 0.0
    for window in windows:
        scores = line_scores(window.opinions, weights)
        near = [n for n in np.argsort(-scores, kind="stable") if scores[n] >= scores.max() - reach][:MOST_EVIDENCE]
        total += 2 * len(window.evidence & set(map(int, near))) / (len(near) + len(window.evidence))
    return total / len(windows)


def _worth(windows: Sequence[Judged], weights: MixWeights, least: float) -> float:
    served = replace(weights, least=least)
    answers = [(mix(window.opinions, served).category, window.category) for window in windows]
    worth = [1.0 if a is b else 0.0 if a is Category.UNKNOWN else -_COST_OF_WRONG for a, b in answers]
    return float(np.mean(worth))


def _macro_f1(said: Sequence[Category], true: Sequence[Category]) -> float:
    scores = []
    for category in set(true):
        hits = sum(a is category and b is category for a, b in zip(said, true, strict=True))
        scores.append(2 * hits / (said.count(category) + true.count(category)))
    return float(np.mean(scores))


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 3)
