"""How far a figure would move in another month: 95 % intervals from resampled blocks of time.

Neighbouring windows resemble each other, so windows are not drawn but whole blocks of them (Künsch 1989, the block
bootstrap): 20 contiguous blocks of the test, 200 resamples.
"""

from __future__ import annotations

import numpy as np

from loglynx.bench.ranking import BoolArray, FloatArray, IntArray, Ranking, average_precision, roc_auc

BLOCKS = 20
RESAMPLES = 200
_MOST_CELLS = 4_000_000  # of one array, 32 MB

Interval = tuple[float, float]
UNKNOWN: Interval = (float("nan"), float("nan"))


def blocks_of(windows: int, blocks: int = BLOCKS) -> IntArray:
    """(n,) the block of each window, contiguous and equal to within one window."""
    return np.arange(windows, dtype=np.int64) * min(blocks, max(windows, 1)) // max(windows, 1)


def block_intervals(
    is_anomaly: BoolArray, strangeness: FloatArray, is_flagged: BoolArray, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Interval]:
    """95 % intervals of ``f1``, ``average_precision`` and ``roc_auc``; NaN where a resample can say nothing.

    Resamples without an anomaly say nothing and are left out. A single anomalous block gives an interval that is too
    narrow: the report shows the number of anomalies beside it.
    """
    block = blocks_of(len(is_anomaly))
    ranking = Ranking.of(is_anomaly, strangeness, block)
    blocks = ranking.anomalies.shape[1]
    drawn = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1.0 / blocks), size=resamples)
    weights = drawn.T.astype(np.float64)  # (B, R)
    step = max(1, _MOST_CELLS // max(len(ranking.cuts), 1))
    ap, auc = [], []
    for start in range(0, resamples, step):
        steps = ranking.steps(weights[:, start : start + step])
        ap.append(average_precision(*steps))
        auc.append(roc_auc(*steps))
    hits = np.bincount(block[is_anomaly & is_flagged], minlength=blocks) @ weights
    flagged = np.bincount(block[is_flagged], minlength=blocks) @ weights
    anomalies = np.bincount(block[is_anomaly], minlength=blocks) @ weights
    has_anomaly = anomalies > 0
    f1 = 2.0 * hits[has_anomaly] / (flagged + anomalies)[has_anomaly]
    return {
        "f1": _middle(f1),
        "average_precision": _middle(np.concatenate(ap)),
        "roc_auc": _middle(np.concatenate(auc)),
    }


def _middle(values: FloatArray) -> Interval:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return UNKNOWN
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
