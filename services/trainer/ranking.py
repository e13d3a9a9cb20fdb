"""How well scores put true items above false ones, whatever threshold is chosen later."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def area_under_curve(scores: NDArray[Any], truth: NDArray[np.bool_]) -> float:
    """Chance that a true item scores above a false one, ties counting half; nan if one kind is missing."""
    truth = np.asarray(truth, dtype=bool)
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return float("nan")
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[group]  # mean rank of ties, from 1
    return float((rank[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(scores: NDArray[Any], truth: NDArray[np.bool_]) -> float:
    """Precision averaged over recall, tied items entering together; nan if nothing is true."""
    truth = np.asarray(truth, dtype=bool)
    if not truth.any():
        return float("nan")
    _, group = np.unique(-np.asarray(scores), return_inverse=True)  # 0 is the highest score
    found = np.cumsum(np.bincount(group, weights=truth))
    taken = np.cumsum(np.bincount(group))
    return float((np.diff(found, prepend=0.0) / truth.sum() * found / taken).sum())
