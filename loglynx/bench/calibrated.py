"""A detector made of a bare scorer: its threshold comes from windows that it was not fitted on and from the budget.

The first 80 % of the windows are fitted on. Those behind them that share an event with them, at least one, are left
out so that neighbours cannot vouch for each other; the scores of the rest are the calibration: beyond the largest of
them a generalised Pareto tail goes on (shared.core.calibration). No label is involved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from loglynx.bench.cutting import sharing_behind
from loglynx.bench.distinct import DistinctWindows
from loglynx.bench.task import Events, FloatArray, Scores
from shared.core.calibration import fit_tail

FIT_SHARE = 0.8
GAP = 1
FEWEST_WINDOWS = 10  # below it the windows that were fitted on are the calibration too, for want of others

Strangeness = tuple[FloatArray, list[FloatArray] | None]


class RawScorer(Protocol):
    """Scores without a threshold.

    smallest_scale    in the score's unit: beyond everything seen, the step that makes a value e times less likely
    is_deterministic  does the seed change nothing?
    """

    name: str
    smallest_scale: float
    is_deterministic: bool

    def fit(self, windows: Sequence[Events], seed: int) -> None: ...

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """(n,) one score per window, larger is stranger; and, if it can say, one (L,) array of line scores each."""
        ...


class Calibrated:
    """A Detector. ``threshold`` is known once it is fitted."""

    def __init__(self, scorer: RawScorer) -> None:
        self.scorer = scorer
        self.name = scorer.name
        self.is_deterministic = scorer.is_deterministic
        self.threshold = math.inf

    def fit(self, windows: Sequence[Events], budget: float, seed: int) -> None:
        if not windows:
            raise ValueError("there are no windows to fit on")
        cut = int(FIT_SHARE * len(windows)) if len(windows) >= FEWEST_WINDOWS else len(windows)
        self.scorer.fit(windows[:cut], seed)
        calibration = DistinctWindows.of(windows[cut + max(GAP, sharing_behind(windows, cut)) :] or windows)
        strangeness, _ = self.scorer.score(calibration.windows)
        self.threshold = fit_tail(strangeness[calibration.row], self.scorer.smallest_scale).threshold(budget)

    def score(self, windows: Sequence[Events]) -> Scores:
        strangeness, lines = self.scorer.score(windows)
        return Scores(strangeness, self.threshold, lines)
