"""How far a stream has moved from its past. Pure.

Four measures of the windows of late: does the distribution of scores still fit that of the days before
(population-stability index), how many lines are of templates that those days did not hold, how much of the text the
model's vocabulary has no piece for, and how many flags people call false. Each has a bound; past any of them, a
retraining is proposed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

BINS: Final = 10
FEWEST_WINDOWS: Final = 100  # of late: with fewer nothing is said of scores and templates
FEWEST_FLAGS: Final = 5  # that people have judged
_SMALLEST: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Measures:
    """None: too little to tell.

    windows, flags   of late            score_psi   0: as in the days before; past 0.25 is called a shift
    new_templates    share of lines     unknown_tokens  share of tokens that are single bytes
    false_positives  share of the flags that people judged
    """

    windows: int = 0
    flags: int = 0
    score_psi: float | None = None
    new_templates: float | None = None
    unknown_tokens: float | None = None
    false_positives: float | None = None


@dataclass(frozen=True, slots=True)
class DriftBounds:
    """Past which a retraining is proposed."""

    score_psi: float = 0.25
    new_templates: float = 0.05
    unknown_tokens: float = 0.2
    false_positives: float = 0.5


def score_psi(late: Sequence[float], before: Sequence[float]) -> float | None:
    """PSI of how strange windows are of late against those of the days before.

    late, before  -log p of windows that a baseline has judged, nats
    Bins are tenths of ``before``. What chance alone brings, (BINS - 1) (1/n + 1/m), is taken off.
    Siddiqi (2006), Credit Risk Scorecards.
    Why not against the calibration itself, where p is uniform: live p-values are careful ones, hardly any is near 1,
    and streams without any drift have an index of 0.4 to 0.8 (docs/experiments.md).
    """
    n, m = len(late), len(before)
    if min(n, m) < FEWEST_WINDOWS:
        return None
    edges = np.quantile(np.asarray(before, dtype=np.float64), np.linspace(0.0, 1.0, BINS + 1)[1:-1])
    now, then = (
        np.maximum(np.bincount(np.searchsorted(edges, values, side="left"), minlength=BINS) / len(values), _SMALLEST)
        for values in (late, before)
    )
    index = float(((now - then) * np.log(now / then)).sum())
    return max(index - (BINS - 1) * (1 / n + 1 / m), 0.0)


def share_of(part: int, whole: int, fewest: int) -> float | None:
    return part / whole if whole >= fewest else None


def past(measures: Measures, bounds: DriftBounds) -> tuple[str, ...]:
    """Names of the measures that are past their bound."""
    names = ("score_psi", "new_templates", "unknown_tokens", "false_positives")
    found = []
    for name in names:
        value: float | None = getattr(measures, name)
        if value is not None and not math.isnan(value) and value > getattr(bounds, name):
            found.append(name)
    return tuple(found)
