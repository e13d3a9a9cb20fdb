"""A one-class neural network around the normal windows (OC-NN, Chalapathy et al. 2018, eq. 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable
from shared.core.scorers.counts import usual_length
from shared.core.scorers.density import spread, unless_short

Floats = NDArray[np.float64]

HIDDEN = 16
NU = 0.05  # share of the normal windows that may lie outside
_MOST_WINDOWS = 512
_ROUNDS = 60
_RATE = 0.05
_DECAY = 1e-3


class OneClass:
    """``r - w.g(V x)``: how far a window's embedding lies outside the boundary that holds all but NU of the normal.

    w and V go down the gradient of ``|w|^2/2 + |V|^2/2 + mean(relu(r - w.g(V x)))/NU - r`` with r the NU-quantile of
    the outputs, which is its minimiser (their eq. 9). V starts at the principal directions: no chance is involved.
    """

    def __init__(self, table: EvidenceTable) -> None:
        self.usual_length = usual_length(table)
        x = table.embedding[spread(len(table), _MOST_WINDOWS)].astype(np.float64)
        self.centre = x.mean(axis=0)
        self.scale = float(np.sqrt(((x - self.centre) ** 2).sum(axis=1).mean())) + 1e-3
        x = self._standardised(x)
        hidden = max(1, min(HIDDEN, len(x) // 4))
        _, axes = np.linalg.eigh(x.T @ x)
        principal = axes[:, -hidden:]
        principal = principal * np.sign(principal[np.abs(principal).argmax(axis=0), np.arange(hidden)])
        self.v = np.concatenate([principal, -principal], axis=1)
        self.bias = np.full(2 * hidden, 0.5)
        self.w = np.full(2 * hidden, -1.0 / (2 * hidden))
        self.r = 0.0
        for _ in range(_ROUNDS):
            self._step(x)
        self.r = float(np.quantile(self._output(x), NU))

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        outside = self.r - self._output(self._standardised(table.embedding.astype(np.float64)))
        return unless_short(outside, table, self.usual_length)

    def _standardised(self, x: Floats) -> Floats:
        return np.asarray((x - self.centre) / self.scale)

    def _hidden(self, x: Floats) -> Floats:
        """(n, 2 hidden) squared soft rectifier: grows on both sides of every principal direction."""
        return np.asarray(np.maximum(x @ self.v - 0.1 * self.bias, 0.0) ** 2)

    def _output(self, x: Floats) -> Floats:
        return np.asarray(self._hidden(x) @ self.w)

    def _step(self, x: Floats) -> None:
        hidden = self._hidden(x)
        output = hidden @ self.w
        self.r = float(np.quantile(output, NU))
        outside = (output < self.r).astype(np.float64) / (NU * len(x))  # -d loss / d output
        grad_w = self.w * _DECAY - outside @ hidden
        back = (outside[:, None] * self.w) * 2.0 * np.sqrt(hidden)
        grad_v = self.v * _DECAY - x.T @ back
        self.w = self.w - _RATE * grad_w / max(1.0, float(np.abs(grad_w).max()))
        self.w *= 1.0 / max(float(np.abs(self.w).sum()), 1e-9)
        self.v = self.v - _RATE * grad_v / max(1.0, float(np.abs(grad_v).max()))
