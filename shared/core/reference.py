"""What windows of normal logs in general look like to the model: the measure for whoever has no baseline.

It is made by the trainer from simulated normal windows that the model was not fitted on, and ships with the artefact
as ``calibration.json``. It knows only the components that need no memory of the stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.core.baseline import Judgement
from shared.core.calibration import SMALLEST_P, Tail, fit_tail
from shared.core.evidence import WindowEvidence, log_odds, worst_mean
from shared.core.fusion import FUSED_SCALE
from shared.core.scorers import SCORERS

# Sorted values kept per component.
KEPT_VALUES = 1000


class Reference:
    """Tails of ``head`` and ``context`` per window, of ``words`` per line, and of their fusion."""

    def __init__(self, tails: Mapping[str, Tail]) -> None:
        self.tails = dict(tails)

    @classmethod
    def of(cls, windows: Sequence[WindowEvidence]) -> Reference:
        """Fit to normal windows (at least a few hundred)."""
        values = {
            "head": np.array([float(log_odds(w.head)) for w in windows]),
            "context": np.array([worst_mean(w.surprise) for w in windows]),
            "words": np.concatenate([log_odds(w.trouble) for w in windows]),
        }
        tails = {name: fit_tail(_thinned(found), SCORERS[name].smallest_scale) for name, found in values.items()}
        reference = cls(tails)
        fused = np.array([_fuse(reference.p_values(window)) for window in windows])
        reference.tails["fused"] = fit_tail(_thinned(fused), FUSED_SCALE, shape=0.0)
        return reference

    def p_values(self, window: WindowEvidence) -> dict[str, float]:
        """Component -> p. ``words`` is per line: of L lines the worst is as strange as 1 - (1 - p)^L."""
        p_line = self._p("words", float(log_odds(window.trouble).max()))
        return {
            "head": self._p("head", float(log_odds(window.head))),
            "context": self._p("context", worst_mean(window.surprise)),
            "words": max(1.0 - (1.0 - p_line) ** len(window.trouble), SMALLEST_P),
        }

    def judge(self, window: WindowEvidence) -> Judgement:
        """One window against normal logs in general."""
        components = self.p_values(window)
        words = np.maximum(log_odds(window.trouble) + 1.0, 0.0)
        lines = (window.surprise + words).astype(np.float32)
        return Judgement(components, -float(np.log(self._p("fused", _fuse(components)))), lines)

    def _p(self, name: str, value: float) -> float:
        return float(self.tails[name].p_values(np.array([value]))[0])

    def to_json(self) -> dict[str, Any]:
        """Plain values: name -> sorted calibration values."""
        return {name: [round(float(v), 4) for v in tail.values] for name, tail in self.tails.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reference:
        """Inverse of ``to_json``. Raises KeyError, TypeError or ValueError on anything else."""
        values = {name: np.array(data[name], dtype=np.float64) for name in ("head", "context", "words", "fused")}
        tails = {name: fit_tail(values[name], SCORERS[name].smallest_scale) for name in ("head", "context", "words")}
        return cls({**tails, "fused": fit_tail(values["fused"], FUSED_SCALE, shape=0.0)})


def _fuse(components: Mapping[str, float]) -> float:
    return float(-sum(np.log(p) for p in components.values()))


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most KEPT_VALUES quantiles of ``values``, evenly spaced in rank so that p-values stay what they are."""
    if len(values) <= KEPT_VALUES:
        return np.sort(values)
    return np.asarray(np.quantile(values, np.linspace(0.0, 1.0, KEPT_VALUES)))
