"""Measures of an order: how well scores put anomalies before normal windows, whatever the threshold.

A ``Ranking`` counts anomalies and normal windows per distinct score and per block of time, so that every measure can
be taken over any weighting of the blocks at once: with weights 1 it is the figure, with drawn weights its bootstrap.
Equal scores are one step of the curve, never an order (as in scikit-learn). Where a measure has no meaning, NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ranking:
    """G distinct scores, from the strangest down; B blocks.

    cuts  (G,) the scores    anomalies, normals  (G, B) how many windows of each block have it
    """

    cuts: FloatArray
    anomalies: FloatArray
    normals: FloatArray

    @classmethod
    def of(cls, is_anomaly: BoolArray, strangeness: FloatArray, block: IntArray | None = None) -> Ranking:
        """From n windows; ``block`` (n,) counts from 0, one block when None. A NaN score is the least strange."""
        scores = np.nan_to_num(np.asarray(strangeness, dtype=np.float64), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        of_window = np.zeros(len(scores), dtype=np.int64) if block is None else block
        cuts, row = np.unique(-scores, return_inverse=True)
        blocks = int(of_window.max()) + 1 if len(of_window) else 1
        size = len(cuts) * blocks
        cell = row * blocks + of_window
        counts = [np.bincount(cell[chosen], minlength=size) for chosen in (is_anomaly, ~is_anomaly)]
        anomalies, normals = (c.reshape(len(cuts), blocks).astype(np.float64) for c in counts)
        return cls(-cuts, anomalies, normals)

    def steps(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(G, R) anomalies and normal windows at each score, for R weightings (B, R) of the blocks."""
        return self.anomalies @ weights, self.normals @ weights


def roc_auc(anomalies: FloatArray, normals: FloatArray) -> FloatArray:
    """(R,) probability that an anomaly outranks a normal window, a tie counting half (Mann-Whitney)."""
    all_anomalies, all_normals = anomalies.sum(axis=0), normals.sum(axis=0)
    before = np.cumsum(anomalies, axis=0) - anomalies / 2.0
    return _divide((before * normals).sum(axis=0), all_anomalies * all_normals)


def average_precision(anomalies: FloatArray, normals: FloatArray) -> FloatArray:
    """(R,) area under precision and recall: the sum of precision times the step in recall."""
    hits = np.cumsum(anomalies, axis=0)
    flagged = hits + np.cumsum(normals, axis=0)
    return _divide((anomalies * _divide(hits, flagged, 0.0)).sum(axis=0), anomalies.sum(axis=0))


def oracle_f1(anomalies: FloatArray, normals: FloatArray) -> FloatArray:
    """(R,) the best F1 of any threshold. It takes the test's labels to find it: never a result, only a ceiling."""
    hits = np.cumsum(anomalies, axis=0)
    flagged = hits + np.cumsum(normals, axis=0)
    f1 = _divide(2.0 * hits, flagged + anomalies.sum(axis=0), 0.0)
    best = f1.max(axis=0) if len(f1) else np.full(anomalies.shape[1], np.nan)
    return np.where(anomalies.sum(axis=0) > 0, best, np.nan)


def recall_at(anomalies: FloatArray, normals: FloatArray, share: float) -> FloatArray:
    """(R,) share of the anomalies found when at most ``share`` of the normal windows are flagged."""
    hits, alarms = np.cumsum(anomalies, axis=0), np.cumsum(normals, axis=0)
    allowed = np.where(alarms <= share * normals.sum(axis=0) + 1e-9, hits, 0.0)
    best = allowed.max(axis=0) if len(hits) else np.zeros(anomalies.shape[1])
    return np.where(normals.sum(axis=0) > 0, _divide(best, anomalies.sum(axis=0)), np.nan)


def _divide(numerator: FloatArray, denominator: FloatArray, empty: float = np.nan) -> FloatArray:
    """``empty`` where the denominator is 0."""
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), empty)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out
