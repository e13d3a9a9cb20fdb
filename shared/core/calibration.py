"""How strange is a value, as a p-value against calibration values, also beyond the largest of them.

Within the calibration values the p-value is conformal: ``(1 + #{calibration >= x}) / (n + 1)``, which is valid
whatever the distribution as long as the values are exchangeable (Vovk et al. 2005). A budget of one false alarm in
a thousand windows needs p-values below 1/(n + 1); there a generalised Pareto tail, fitted to the upper share of the
values by probability-weighted moments (Hosking & Wallis 1987), continues the curve without a jump.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

TAIL_SHARE = 0.15
FEWEST_IN_TAIL = 8  # fewer leave its scale and shape open
SMALLEST_P = 1e-12
# A shape above 1/2 has no variance and would make every value plausible; below -1/2 the tail ends at once.
SHAPE_RANGE = (-0.2, 0.5)


@dataclass(frozen=True, slots=True)
class Tail:
    """Sorted calibration values and the Pareto tail fitted to them.

    values  (n,) ascending    start  where the tail begins    scale, shape  of the generalised Pareto distribution
    """

    values: FloatArray
    start: float
    scale: float
    shape: float

    def p_values(self, x: FloatArray, smallest: float = SMALLEST_P) -> FloatArray:
        """P(value >= x) for each of ``x`` (m,), in [smallest, 1]; never increasing in x; 1 where x is NaN."""
        x = np.asarray(x, dtype=np.float64)
        x = np.where(np.isnan(x), -np.inf, x)
        n = len(self.values)
        at_least = n - np.searchsorted(self.values, x, side="left")
        p = (1.0 + at_least) / (n + 1.0)
        largest = self.values[-1] if n else np.inf
        beyond = x > largest
        if np.any(beyond):
            ratio = self._survival(x[beyond]) / self._survival(np.array([largest]))[0]
            p[beyond] = np.minimum(ratio, 1.0) / (n + 1.0)
        return np.clip(p, smallest, 1.0)

    def p_values_within(self, x: FloatArray) -> FloatArray:
        """The same of calibration values themselves, each against the others: in [1/n, 1]."""
        n = len(self.values)
        return np.asarray(np.maximum(n - np.searchsorted(self.values, x, side="left"), 1.0) / max(n, 1))

    def threshold(self, budget: float) -> float:
        """The smallest x such that every value above it has a p-value of at most ``budget``; inf without values."""
        n = len(self.values)
        if n == 0:
            return math.inf
        allowed = math.floor(budget * (n + 1) + 1e-9) - 1  # calibration values that may lie above the threshold
        if allowed >= 0:
            return float(self.values[-1 - min(allowed, n - 1)])
        largest = float(self.values[-1])
        ratio = budget * (n + 1)  # of the survival at the threshold to that at the largest value
        z = max(largest - self.start, 0.0) / self.scale
        room = 1.0 + self.shape * z
        if abs(self.shape) < 1e-6 or room <= 0.0:  # a largest value beyond the end of a short tail refutes its shape
            return largest - self.scale * math.log(ratio)
        return largest + self.scale * room * math.expm1(-self.shape * math.log(ratio)) / self.shape

    def _survival(self, x: FloatArray) -> FloatArray:
        z = np.maximum(x - self.start, 0.0) / self.scale
        if abs(self.shape) < 1e-6:
            survival = np.exp(-z)
        else:
            survival = np.maximum(1.0 + self.shape * z, 0.0) ** (-1.0 / self.shape)
        return np.maximum(survival, 1e-300)


def fit_tail(values: FloatArray, smallest_scale: float, shape: float | None = None) -> Tail:
    """The tail of ``values`` (n,), in their own unit; NaN among them are left out.

    smallest_scale  scale of the tail where the values leave it open (all equal, or fewer than FEWEST_IN_TAIL):
                    the distance beyond the largest value that makes a new one e times less likely.
    shape           where theory gives it (0 for sums of -log p); fitted when None.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    ordered = ordered[~np.isnan(ordered)]
    if len(ordered) == 0:
        return Tail(ordered, 0.0, smallest_scale, 0.0)
    start = float(np.quantile(ordered, 1.0 - TAIL_SHARE))
    excess = ordered[ordered > start] - start
    if len(excess) < FEWEST_IN_TAIL:
        return Tail(ordered, start, smallest_scale, 0.0)
    if shape is not None:
        return Tail(ordered, start, max(float(excess.mean()) * (1.0 - shape), smallest_scale), shape)
    # Hosking & Wallis (1987), eq. 3.4: a0 = E[X], a1 = E[X (1 - F(X))].
    n = len(excess)
    weight = 1.0 - (np.arange(1, n + 1) - 0.35) / n
    a0 = float(excess.mean())
    a1 = float((weight * excess).mean())
    fitted = float(np.clip(2.0 - a0 / max(a0 - 2.0 * a1, 1e-12), *SHAPE_RANGE))
    if 1.0 + fitted * excess[-1] / max(a0 * (1.0 - fitted), smallest_scale) <= 0.0:
        fitted = 0.0  # the largest value lies beyond the end of that tail, which refutes it
    return Tail(ordered, start, max(a0 * (1.0 - fitted), smallest_scale), fitted)


def resolved(budget: float, windows: int) -> float:
    """The share of false alarms to aim at when ``windows`` normal ones are known.

    From n windows no rate far below 1/(n + 1) can be told from none. Where the budget asks for less, the geometric
    mean of both is taken: a stream known for 250 windows at a budget of 1 in 1 000 is judged at 1 in 500.
    """
    return max(budget, math.sqrt(budget / (windows + 1.0)))
