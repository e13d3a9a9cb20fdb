"""From line features to a judgement of the window: log-odds per line, the best line per category, one softmax.

In: feature numbers of each line, weights, a calibration. Out: a ``WindowJudgement``. Pure; the trainer calibrates
with what the analyzer serves. Column 0 of the weights is "an ordinary line"; the log-odds of a category are against
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
MAX_EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class LineWeights:
    """weights (BUCKETS, 1 + k)   bias (1 + k,); column 0 is "ordinary"."""

    weights: FloatArray
    bias: FloatArray

    def logits(self, features: Sequence[NDArray[np.int32]]) -> FloatArray:
        """(n, 1 + k) of n lines."""
        found = np.empty((len(features), len(self.bias)), np.float32)
        for row, numbers in zip(found, features, strict=True):
            row[:] = self.weights[numbers].sum(axis=0) + self.bias
        return found


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted on templates that the weights never saw.

    odds, share      how much the best line's log-odds, and its share among all categories, count for a category
    bias             (k,) what a category starts with
    unknown_below    a confidence below this is called unknown
    evidence_within  further lines are evidence if they are at most this far below the best line
    """

    odds: float
    share: float
    bias: FloatArray
    unknown_below: float
    evidence_within: float


@dataclass(frozen=True, slots=True)
class WindowJudgement:
    """category: column - 1, or None for "unknown"    evidence: positions of lines, best first

    shares (k,)   log_odds (n, k) of each line and category   trouble (n,) log-odds of any category in ``troubling``
    """

    category: int | None
    confidence: float
    evidence: tuple[int, ...]
    shares: FloatArray
    log_odds: FloatArray
    trouble: FloatArray


def judge(logits: FloatArray, calibration: Calibration, troubling: Sequence[int]) -> WindowJudgement:
    """logits (n, 1 + k) of a window's lines, n > 0; ``troubling``: the categories that are bad news.

    A line is evidence by its log-odds of all categories, each as likely as the window's: where the category is in
    doubt, a line that several of the likely ones point at is the safer choice.
    """
    log_odds = logits[:, 1:] - logits[:, :1]
    shares = category_shares(logits, calibration)
    best = int(shares.argmax())
    confidence = float(shares[best])
    own = log_odds @ shares
    near = np.flatnonzero(own >= own.max() - calibration.evidence_within)
    evidence = near[np.argsort(-own[near], kind="stable")][:MAX_EVIDENCE]
    return WindowJudgement(
        category=best if confidence >= calibration.unknown_below else None,
        confidence=confidence,
        evidence=tuple(int(at) for at in evidence),
        shares=shares,
        log_odds=log_odds,
        trouble=_log_sum(log_odds[:, list(troubling)]),
    )


def window_points(logits: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(k,) the best line's log-odds of each category, and its log share among everything that a line can be."""
    shares = logits - _log_sum(logits)[:, None]
    return (logits[:, 1:] - logits[:, :1]).max(axis=0), shares[:, 1:].max(axis=0)


def category_shares(logits: FloatArray, calibration: Calibration) -> FloatArray:
    """(k,) probabilities of the window's category."""
    odds, shares = window_points(logits)
    points = calibration.odds * odds + calibration.share * shares + calibration.bias
    points = np.exp(points - points.max())
    return np.asarray(points / points.sum(), np.float32)


def _log_sum(values: FloatArray) -> FloatArray:
    most = values.max(axis=1)
    return np.asarray(most + np.log(np.exp(values - most[:, None]).sum(axis=1)), np.float32)
