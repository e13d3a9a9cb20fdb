"""Extremely randomised trees (Geurts, Ernst and Wehenkel 2006) in numpy: every class weighs the same.

In: dense rows, class numbers and a seed. Out: ``RandomTrees``. Deterministic. A node tries the square root of the
features that vary in it, one random threshold each, and takes the split after which classes are least mixed (Gini).
Each tree sees at most ``MAX_ROWS`` rows, so that the time is bounded. Raises ValueError for fewer than two classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.core.softmax_regression import FloatArray, IntArray

TREES: Final = 100
MAX_ROWS: Final = 600
_MAX_DEPTH = 24
_LEAF: Final = -1
_LOOKED_AT = 6


@dataclass(frozen=True, slots=True)
class RandomTrees:
    """Nodes of all trees one after another.

    roots (t,)   feature (m,) or -1 in a leaf   threshold (m,)   below (m,) the left child, the right one is next
    shares (m, k) of the classes in a leaf
    """

    roots: IntArray
    feature: IntArray
    threshold: FloatArray
    below: IntArray
    shares: FloatArray

    def probabilities(self, rows: FloatArray) -> FloatArray:
        """(n, k) for rows (n, d); the mean over trees."""
        at = np.repeat(self.roots[None, :], len(rows), axis=0)
        row = np.arange(len(rows))[:, None]
        for _ in range(_MAX_DEPTH + 1):
            feature = self.feature[at]
            is_inner = feature != _LEAF
            if not is_inner.any():
                break
            goes_right = rows[row, np.maximum(feature, 0)] > self.threshold[at]
            at = np.where(is_inner, self.below[at] + goes_right, at)
        return np.asarray(self.shares[at].mean(axis=1), np.float32)


def fit_random_trees(rows: FloatArray, classes: IntArray, count: int, seed: int, trees: int = TREES) -> RandomTrees:
    """rows (n, d), classes (n,) in 0..count-1."""
    shares = np.bincount(classes, minlength=count)
    if (shares > 0).sum() < 2:
        raise ValueError("there must be at least two classes")
    rng = np.random.default_rng(seed)
    weights = np.zeros((len(rows), count), np.float32)
    weights[np.arange(len(rows)), classes] = 1.0 / shares[classes]
    grown = _Growth(rows, weights, rng)
    roots = []
    for _ in range(trees):
        own = rng.permutation(len(rows))[:MAX_ROWS]
        roots.append(grown.tree(own))
    return grown.done(np.array(roots, np.int64))


class _Growth:
    """Nodes while they are grown."""

    def __init__(self, rows: FloatArray, weights: FloatArray, rng: np.random.Generator) -> None:
        self._rows, self._weights, self._rng = rows, weights, rng
        self._feature: list[int] = []
        self._threshold: list[float] = []
        self._below: list[int] = []
        self._shares: list[NDArray[np.float32]] = []

    def done(self, roots: IntArray) -> RandomTrees:
        return RandomTrees(
            roots,
            np.array(self._feature, np.int64),
            np.array(self._threshold, np.float32),
            np.array(self._below, np.int64),
            np.array(self._shares, np.float32),
        )

    def tree(self, own: IntArray) -> int:
        root = self._leaf(own)
        open_nodes = [(root, own, 0)]
        while open_nodes:
            node, here, depth = open_nodes.pop()
            split = self._split(here) if depth < _MAX_DEPTH else None
            if split is None:
                continue
            feature, threshold = split
            goes_right = self._rows[here, feature] > threshold
            left, right = here[~goes_right], here[goes_right]
            self._feature[node], self._threshold[node] = feature, threshold
            self._below[node] = self._leaf(left)
            self._leaf(right)
            open_nodes += [(self._below[node], left, depth + 1), (self._below[node] + 1, right, depth + 1)]
        return root

    def _leaf(self, own: IntArray) -> int:
        total = self._weights[own].sum(axis=0)
        self._feature.append(_LEAF)
        self._threshold.append(0.0)
        self._below.append(0)
        self._shares.append(total / max(float(total.sum()), 1e-9))
        return len(self._feature) - 1

    def _split(self, own: IntArray) -> tuple[int, float] | None:
        if len(own) < 2 or self._shares_are_pure(own):
            return None
        tried = self._varying(own)
        if not len(tried):
            return None
        here = self._rows[np.ix_(own, tried)]
        low, high = here.min(axis=0), here.max(axis=0)
        draw = self._rng.random(len(tried)).astype(np.float32)
        threshold = low + draw * (high - low)
        threshold = np.where(threshold >= high, low, threshold)
        goes_right = (here > threshold).astype(np.float32)
        weights = self._weights[own]
        right = weights.T @ goes_right
        left = weights.sum(axis=0)[:, None] - right
        mixed = -_squares(left) - _squares(right)
        best = int(np.argmin(mixed))
        return int(tried[best]), float(threshold[best])

    def _varying(self, own: IntArray) -> IntArray:
        """Up to the square root of the features, drawn among those that vary; a few are looked at before all are."""
        width = self._rows.shape[1]
        wanted = math.isqrt(width) + 1
        few = self._rng.permutation(width)[: wanted * _LOOKED_AT]
        for drawn in (few, self._rng.permutation(width)):
            here = self._rows[np.ix_(own, drawn)]
            varying = drawn[here.max(axis=0) > here.min(axis=0)]
            if len(varying):
                break
        return np.asarray(varying[:wanted], np.int64)

    def _shares_are_pure(self, own: IntArray) -> bool:
        return int((self._weights[own].sum(axis=0) > 0).sum()) < 2


def _squares(total: FloatArray) -> FloatArray:
    """(m,) sum of squared class weights over their sum, for total (k, m); higher is purer."""
    return np.asarray((total * total).sum(axis=0) / np.maximum(total.sum(axis=0), 1e-12), np.float32)
