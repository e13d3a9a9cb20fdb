"""From what the scorers say to one strangeness: p-values against normal windows, fused, and fused again to a p-value.

Calibration values must come from windows that the scorers were not fitted on, else everything new looks stranger
than it is. Scorers that remember what they saw are calibrated in the order of time (prequentially, Dawid 1984): each
window by what came before it, and only the latest windows count, for a stream's beginning is when everything was new.
The others are fitted several times, each time without every FOLDS-th window, which is then scored (cross-conformal
prediction, Vovk 2015).

p-values are fused by their weighted harmonic mean (Wilson 2019): it holds whatever the dependence between scorers,
and one scorer that is certain is not outvoted by a dozen that see nothing. To it is added AGREEMENT of their mean
-log p, so that several that are mildly surprised count, and what the words say as a prior: WORDS_PRIOR nats for each
nat of log-odds that a line is bad news and rare, evidence of people and not of the stream. Both weights were chosen
on development data (docs/experiments.md).

Where words of trouble belong to a stream's daily life, what they say fills the budget, and a window that is made of
the wrong lines is never strange enough. So a second opinion stands beside the first: the scorers of the course alone.
Each opinion is calibrated, they are fused by their harmonic mean, the second with a third of the budget, and that is
calibrated again; all on the same windows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.core.calibration import Tail, fit_tail
from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.scorers import COURSE, SCORERS, Scorer

Floats = NDArray[np.float64]

FOLDS = 4
FEWEST_RECENT = 100  # windows by which a remembering scorer is calibrated, where there are so many
LATER_SHARE = 0.6  # of the windows: those before are the beginning, when everything was new
WORDS_PRIOR = 0.6
AGREEMENT = 0.3  # of the scorers' mean -log p: several that are mildly surprised count for more than one
LINE_SCALE = 3.0  # of a line's tail against its window's: among the new lines of a window, words decide
LINE_PRIOR = 1.0  # for one line among its window's, the odds of its words simply add
FUSED_SCALE = 1.0
COURSE_SHARE = 1.0 / 3.0  # of the budget, for the second opinion: the first hears the course too
_SMALLEST_P = 1e-300  # of an opinion: what is far out keeps its order
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
    """n windows of N events. p_values name -> (n,)   strangeness (n,) -log of the fused p   lines (N,) nats, >= 0

    raw  (n,) the fused value before its own calibration: it orders windows that are equally far out
    """

    p_values: dict[str, Floats]
    strangeness: Floats
    lines: Floats
    raw: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """The tails of every scorer, of the opinions, of their fusion, and of what the scorers say of single events."""

    tails: dict[str, Tail]
    opinions: tuple[Tail, ...]
    fused: Tail
    line_tails: dict[str, Tail]
    weights: Mapping[str, float] | None = None

    @classmethod
    def of(
        cls,
        windows: Sequence[WindowEvidence],
        first: int = 0,
        names: Sequence[str] = tuple(SCORERS),
        weights: Mapping[str, float] | None = None,
    ) -> Calibration:
        """Fit to the windows from ``first`` on, each scored by scorers that were fitted without it.

        weights  of the scorers in the only opinion; None: those of SCORERS, and a second opinion
        """
        table = EvidenceTable(windows)
        unfitted = unfitted_scores(windows, table, names)
        values = {name: _recent(found[first:], SCORERS[name].recent_share) for name, found in unfitted.items()}
        tails = {
            # what describes is judged by all that is known; what remembers by what it says since ``first``
            name: fit_tail(
                found if SCORERS[name].prequential else unfitted[name],
                SCORERS[name].smallest_scale,
                SCORERS[name].tail_shape,
            )
            for name, found in values.items()
        }
        line_tails = {
            name: fit_tail(_thinned(found), LINE_SCALE * SCORERS[name].smallest_scale)
            for name, found in FittedScorers(table, names).lines(table).items()
        }
        p_values = {name: tails[name].p_values(found) for name, found in values.items()}
        said = _opinions(p_values, values, weights)
        opinions = tuple(fit_tail(opinion, FUSED_SCALE, shape=0.0) for opinion in said)
        within = [tail.p_values_within(opinion) for tail, opinion in zip(opinions, said, strict=True)]
        fused = said[0] if len(said) == 1 else _agreed(within)
        return cls(tails, opinions, fit_tail(fused, FUSED_SCALE, shape=0.0), line_tails, weights)

    def judge(self, fitted: FittedScorers, table: EvidenceTable) -> Judged:
        scores = fitted.score(table)
        p_values = {name: self.tails[name].p_values(values) for name, values in scores.items()}
        raw = self._raw(_opinions(p_values, scores, self.weights))
        strangeness = -np.log(self.fused.p_values(raw))
        said = fitted.lines(table)
        surprise = {name: self.line_tails[name].p_values(values) for name, values in said.items()}
        spoken = (
            np.asarray(fuse(surprise, self.weights) + _prior(said, LINE_PRIOR)) if said else np.zeros(len(table.ids))
        )
        return Judged(p_values, strangeness, np.maximum(spoken, 0.0), raw)

    def _raw(self, said: Sequence[Floats]) -> Floats:
        if len(said) == 1:
            return said[0]
        return _agreed([tail.p_values(each, _SMALLEST_P) for tail, each in zip(self.opinions, said, strict=True)])


def unfitted_scores(
    windows: Sequence[WindowEvidence], table: EvidenceTable, names: Sequence[str]
) -> dict[str, Floats]:
    """name -> (n,) what each scorer says of each window when it was fitted without that window."""
    scores = {name: find(table) for name in names if (find := SCORERS[name].prequential)}
    rest = [name for name in names if name not in scores]
    scores |= {name: np.full(len(windows), np.nan) for name in rest}
    for fold in range(min(FOLDS, len(windows) - 1)):
        held = list(windows[fold::FOLDS])
        fitted = FittedScorers(EvidenceTable([w for i, w in enumerate(windows) if i % FOLDS != fold]), rest)
        for name, said in fitted.score(EvidenceTable(held)).items():
            scores[name][fold::FOLDS] = said
    return scores


def fuse(p_values: Mapping[str, Floats], chosen: Mapping[str, float] | None = None) -> Floats:
    """(n,) -log of the weighted harmonic mean of the p-values, and a share of their mean -log, nats.

    chosen  weights instead of those of SCORERS
    """
    weights = {name: SCORERS[name].weight if chosen is None else chosen[name] for name in p_values}
    if not any(weights.values()):  # scorers on request only
        weights = dict.fromkeys(p_values, 1.0)
    total = sum(weights.values())
    harmonic = np.log(np.sum([weights[name] / total / p for name, p in p_values.items()], axis=0))
    if len(p_values) == 1:
        return np.asarray(harmonic)
    mean = np.sum([-weights[name] / total * np.log(p) for name, p in p_values.items()], axis=0)
    return np.asarray(harmonic + AGREEMENT * mean)


def _opinions(
    p_values: Mapping[str, Floats], scores: Mapping[str, Floats], weights: Mapping[str, float] | None
) -> list[Floats]:
    """(n,) each: what all scorers and the words say, and, unless somebody weighed them, what the course says."""
    everything = np.asarray(fuse(p_values, weights) + _prior(scores))
    course = {name: p for name, p in p_values.items() if name in COURSE}
    if weights is not None or not course or len(course) == len(p_values):
        return [everything]
    return [everything, fuse(course)]


def _agreed(p_values: Sequence[Floats]) -> Floats:
    """(n,) -log of the harmonic mean of two opinions, nats."""
    everything, course = p_values
    return np.asarray(np.log((1.0 - COURSE_SHARE) / everything + COURSE_SHARE / course))


def _recent(values: Floats, share: float) -> Floats:
    """``values`` (n,) with all but the last ``share`` of them unknown."""
    if share == 1.0:
        return values
    kept = max(int(share * len(values)), min(FEWEST_RECENT, int(LATER_SHARE * len(values))))
    return np.concatenate([np.full(len(values) - kept, np.nan), values[len(values) - kept :]])


def _prior(scores: Mapping[str, Floats], weight: float = WORDS_PRIOR) -> Floats | float:
    """(n,) nats that the words speak for trouble, whatever this stream is used to."""
    if len(scores) == 1 or "words" not in scores:
        return 0.0
    return np.asarray(weight * np.logaddexp(0.0, scores["words"]))


def _thinned(values: Floats) -> Floats:
    """At most LINE_VALUES quantiles of ``values``, evenly spaced in rank so that p-values stay what they are."""
    if len(values) <= LINE_VALUES:
        return values
    return np.asarray(np.quantile(values, np.linspace(0.0, 1.0, LINE_VALUES)))
