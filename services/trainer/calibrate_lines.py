"""Calibrate the line model on windows whose templates it never saw, and measure it.

In: weights as they will be served, windows. Out: a ``Calibration``, or ``LineFigures``. Deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from services.trainer.line_rows import LineWindow
from shared.core.line_scoring import Calibration, LineWeights, WindowJudgement, judge, window_points
from shared.core.taxonomy import Category

_UNKNOWN = Category.UNKNOWN.value
_SMALLEST_BIAS_PENALTY = 0.002
_WITHIN = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
_BELOW = tuple(float(at) for at in np.arange(0.0, 0.5, 0.02))


@dataclass(frozen=True, slots=True)
class LineFigures:
    """Shares in 0..1. ``best_line_is_evidence``: of all windows, right category or not."""

    windows: int
    accuracy: float
    macro_f1: float
    ece: float
    accuracy_at_80: float
    best_line_is_evidence: float
    evidence_f1: float
    benign: float
    unknown: float
    fault: float
    story: float


def calibrate(weights: LineWeights, windows: Sequence[LineWindow], names: Sequence[str]) -> Calibration:
    """Two gains and a bias per category by likelihood; then the two thresholds by accuracy and by evidence F1."""
    logits = [weights.logits(window.features) for window in windows]
    points = [window_points(of_window) for of_window in logits]
    odds, shares = (torch.from_numpy(np.array(part)) for part in zip(*points, strict=True))
    truth = torch.tensor([names.index(window.category) for window in windows])
    gains = torch.tensor([0.3, 0.3], requires_grad=True)
    bias = torch.zeros(len(names), requires_grad=True)
    optimiser = torch.optim.LBFGS([gains, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        found = gains[0] * odds + gains[1] * shares + bias
        value = torch.nn.functional.cross_entropy(found, truth) + _SMALLEST_BIAS_PENALTY * (bias**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    kept = bias.detach().numpy()
    first, second = (float(gain) for gain in gains.detach())

    def trial(below: float, within: float) -> Calibration:
        return Calibration(first, second, kept, below, within)

    below = max(_BELOW, key=lambda b: (round(_measured(logits, trial(b, 0.0), windows, names).accuracy, 4), -b))
    within = max(_WITHIN, key=lambda w: _measured(logits, trial(below, w), windows, names).evidence_f1)
    return trial(below, within)


def figures_of(
    weights: LineWeights, calibration: Calibration, windows: Sequence[LineWindow], names: Sequence[str]
) -> LineFigures:
    return _measured([weights.logits(window.features) for window in windows], calibration, windows, names)


def _measured(
    logits: Sequence[NDArray[np.float32]], fit: Calibration, windows: Sequence[LineWindow], names: Sequence[str]
) -> LineFigures:
    found = [judge(of_window, fit, (0,)) for of_window in logits]
    said = [_UNKNOWN if one.category is None else names[one.category] for one in found]
    truth = [window.category for window in windows]
    right = np.array([a == b for a, b in zip(said, truth, strict=True)])
    sure = np.array([one.confidence for one in found])
    bins = np.minimum((sure * 10).astype(int), 9)
    kept = np.argsort(-sure, kind="stable")[: round(0.8 * len(sure))]
    by_kind = {
        kind: float(right[[window.kind == kind for window in windows]].mean())
        for kind in ("benign", "unknown", "fault", "story")
        if any(window.kind == kind for window in windows)
    }
    return LineFigures(
        windows=len(windows),
        accuracy=float(right.mean()),
        macro_f1=_macro_f1(said, truth),
        ece=float(sum(abs(right[bins == b].sum() - sure[bins == b].sum()) for b in np.unique(bins)) / len(sure)),
        accuracy_at_80=float(right[kept].mean()),
        best_line_is_evidence=float(
            np.mean([one.evidence[0] in window.evidence for one, window in zip(found, windows, strict=True)])
        ),
        evidence_f1=float(np.mean([_evidence_f1(one, window) for one, window in zip(found, windows, strict=True)])),
        **{kind: by_kind.get(kind, float("nan")) for kind in ("benign", "unknown", "fault", "story")},
    )


def _evidence_f1(found: WindowJudgement, window: LineWindow) -> float:
    return 2 * len(window.evidence & set(found.evidence)) / (len(window.evidence) + len(found.evidence))


def _macro_f1(said: Sequence[str], truth: Sequence[str]) -> float:
    scores = []
    for name in sorted(set(truth)):
        both = sum(a == b == name for a, b in zip(said, truth, strict=True))
        scores.append(2 * both / (said.count(name) + truth.count(name)))
    return float(np.mean(scores))
