"""From what the scorers say to one strangeness: p-values against normal windows, fused, and fused again to a p-value.

Calibration values must come from windows that the scorers were not fitted on, else everything new looks stranger
than it is. ``Calibration.of`` therefore fits the scorers several times, each time without a run of consecutive
windows that is then scored (cross-conformal prediction, Vovk 2015); the scorers that judge are fitted on all windows.

p-values are fused by their weighted harmonic mean (Wilson 2019): it holds whatever the dependence between scorers,
and one scorer that is certain is not outvoted by a dozen that see nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.core.calibration import Tail, fit_tail
from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.scorers import SCORERS, Scorer

Floats = NDArray[np.float64]

FOLDS = 10
GAP = 1  # windows between those fitted on and those scored, so that neighbours cannot vouch for each other
FUSED_SCALE = 1.0
LINE_VALUES = 2_000
FUSION = "fusion"


class FittedScorers:
    """All scorers, fitted on the same windows."""

    def __init__(self, table: EvidenceTable, names: Sequence[str] = tuple(SCORERS)) -> None:
        self.scorers: dict[str, Scorer] = {name: SCORERS[name].fit(table) for name in names}

    def score(self, table: EvidenceTable) -> dict[str, Floats]:
        """name -> (n,)."""
        return {name: scorer.score(table) for name, scorer in self.scorers.items()}

    def lines(self, table: EvidenceTable) -> dict[str, Floats]:
        """name -> (N,), of the scorers that can tell events apart."""
        said = {name: scorer.lines(table) for name, scorer in self.scorers.items()}
        return {name: values for name, values in said.items() if values is not None}


@dataclass(frozen=True, slots=True)
class Judged:
    """n windows of N events. p_values name -> (n,)   strangeness (n,) -log of the fused p   lines (N,) nats, >= 0"""

    p_values: dict[str, Floats]
    strangeness: Floats
    lines: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """The tails of every scorer, of their fusion, and of what they say of single events."""

    tails: dict[str, Tail]
    fused: Tail
    line_tails: dict[str, Tail]

    @classmethod
    def of(
        cls, windows: Sequence[WindowEvidence], first: int = 0, names: Sequence[str] = tuple(SCORERS)
    ) -> Calibration:
        """Fit to the windows from ``first`` on, each scored by scorers that were fitted without it."""
        scored: list[dict[str, Floats]] = []
        lines: list[dict[str, Floats]] = []
        for start, end in folds(len(windows), first):
            rest = [*windows[: max(start - GAP, 0)], *windows[end + GAP :]]
            fitted = FittedScorers(EvidenceTable(rest or windows), names)
            table = EvidenceTable(windows[start:end])
            scored.append(fitted.score(table))
            lines.append(fitted.lines(table))
        values = {name: np.concatenate([part[name] for part in scored]) for name in names}
        tails = {name: fit_tail(values[name], SCORERS[name].smallest_scale) for name in names}
        line_tails = {
            name: fit_tail(_thinned(np.concatenate([part[name] for part in lines])), SCORERS[name].smallest_scale)
            for name in lines[0]
        }
        p_values = {name: tails[name].p_values(values[name]) for name in names}
        return cls(tails, fit_tail(fuse(p_values), FUSED_SCALE, shape=0.0), line_tails)

    def judge(self, fitted: FittedScorers, table: EvidenceTable) -> Judged:
        scores = fitted.score(table)
        p_values = {name: self.tails[name].p_values(values) for name, values in scores.items()}
        strangeness = -np.log(self.fused.p_values(fuse(p_values)))
        surprise = {name: self.line_tails[name].p_values(values) for name, values in fitted.lines(table).items()}
        return Judged(p_values, strangeness, np.maximum(fuse(surprise), 0.0))


def folds(count: int, first: int) -> list[tuple[int, int]]:
    """[start, end) of up to FOLDS runs that cover the windows from ``first`` on."""
    edges = np.unique(np.linspace(first, count, min(FOLDS, count - first) + 1).round().astype(int))
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def fuse(p_values: Mapping[str, Floats]) -> Floats:
    """(n,) -log of the weighted harmonic mean of the p-values, nats."""
    weights = {name: SCORERS[name].weight for name in p_values}
    if len(p_values) == 1:
        weights = dict.fromkeys(p_values, 1.0)
    total = sum(weights.values())
    mean = np.sum([weights[name] / total / p for name, p in p_values.items()], axis=0)
    return np.asarray(np.log(mean))


def _thinned(values: Floats) -> Floats:
    """At most LINE_VALUES quantiles of ``values``, evenly spaced in rank so that p-values stay what they are."""
    if len(values) <= LINE_VALUES:
        return values
    return np.asarray(np.quantile(values, np.linspace(0.0, 1.0, LINE_VALUES)))
