"""Multinomial logistic regression in numpy: every class weighs the same, however many rows it has.

In: dense rows and class numbers. Out: a ``LinearModel``. Deterministic. L-BFGS (Nocedal 1980) with backtracking on
``strength * sum of weighted losses + half the squared weights``; the bias is not penalised.
Raises ValueError for fewer than two classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

_MEMORY = 10
_ARMIJO = 1e-4
_MOST_HALVINGS = 30
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class LinearModel:
    """weights (d, k)   bias (k,)"""

    weights: FloatArray
    bias: FloatArray

    def logits(self, rows: FloatArray) -> FloatArray:
        """(n, k) for rows (n, d)."""
        return rows @ self.weights + self.bias


def softmax(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """(n, k) probabilities; rows sum to 1."""
    scaled = logits / np.float32(temperature)
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), np.float32)


def fit_softmax(rows: FloatArray, classes: IntArray, count: int, strength: float, steps: int = 200) -> LinearModel:
    """rows (n, d), classes (n,) in 0..count-1; a class without rows keeps a bias that never wins."""
    shares = np.bincount(classes, minlength=count)
    if (shares > 0).sum() < 2:
        raise ValueError("there must be at least two classes")
    n, d = rows.shape
    weight = (n / ((shares > 0).sum() * np.maximum(shares, 1)))[classes].astype(np.float32) * strength
    target = np.zeros((n, count), np.float32)
    target[np.arange(n), classes] = 1.0
    absent = np.where(shares == 0, np.float32(-30.0), np.float32(0.0))

    def loss_and_slope(point: FloatArray) -> tuple[float, FloatArray]:
        weights, bias = point[:-count].reshape(d, count), point[-count:]
        shares_of = softmax(rows @ weights + bias + absent)
        picked = np.maximum(shares_of[np.arange(n), classes], 1e-12)
        loss = float(-(weight * np.log(picked)).sum() + 0.5 * (weights * weights).sum())
        residual = (shares_of - target) * weight[:, None]
        return loss, np.concatenate([(rows.T @ residual + weights).ravel(), residual.sum(axis=0)])

    found = _descend(loss_and_slope, np.zeros((d + 1) * count, np.float32), steps)
    return LinearModel(found[:-count].reshape(d, count), found[-count:] + absent)


def fit_temperature(logits: FloatArray, classes: IntArray) -> float:
    """The temperature in 0.05..20 under which held-out ``classes`` are likeliest, every class weighing the same."""
    shares = np.bincount(classes, minlength=logits.shape[1])
    weight = 1.0 / shares[classes]

    def loss(temperature: float) -> float:
        picked = softmax(logits, temperature)[np.arange(len(classes)), classes]
        return float(-(weight * np.log(np.maximum(picked, 1e-9))).sum())

    grid = np.geomspace(0.05, 20.0, 121)
    return float(grid[int(np.argmin([loss(float(temperature)) for temperature in grid]))])


def _descend(
    loss_and_slope: Callable[[FloatArray], tuple[float, FloatArray]], point: FloatArray, steps: int
) -> FloatArray:
    loss, slope = loss_and_slope(point)
    moves: list[FloatArray] = []
    changes: list[FloatArray] = []
    for _ in range(steps):
        if float(np.abs(slope).max()) < _TOLERANCE:
            break
        direction = -_two_loops(slope, moves, changes)
        falling = float(slope @ direction)
        if falling >= 0:
            direction, falling = -slope, -float(slope @ slope)
        size = 1.0 if moves else 1.0 / max(1.0, float(np.linalg.norm(slope)))
        for _ in range(_MOST_HALVINGS):
            next_loss, next_slope = loss_and_slope(point + np.float32(size) * direction)
            if next_loss <= loss + _ARMIJO * size * falling:
                break
            size /= 2
        else:
            break
        move = np.float32(size) * direction
        change = next_slope - slope
        if float(move @ change) > 1e-10:
            moves, changes = [*moves, move][-_MEMORY:], [*changes, change][-_MEMORY:]
        is_flat = loss - next_loss <= 1e-7 * max(1.0, abs(loss))
        point, loss, slope = point + move, next_loss, next_slope
        if is_flat:
            break
    return point


def _two_loops(slope: FloatArray, moves: list[FloatArray], changes: list[FloatArray]) -> FloatArray:
    """The slope times the inverse curvature that the last moves tell of."""
    left = slope.copy()
    steps: list[float] = []
    for move, change in zip(reversed(moves), reversed(changes), strict=True):
        step = float(move @ left) / float(move @ change)
        steps.append(step)
        left -= np.float32(step) * change
    if moves:
        left *= np.float32(float(moves[-1] @ changes[-1]) / float(changes[-1] @ changes[-1]))
    for move, change, step in zip(moves, changes, reversed(steps), strict=True):
        left += np.float32(step - float(change @ left) / float(move @ change)) * move
    return left
