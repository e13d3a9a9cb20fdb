"""How many templates of a window were never seen among the windows it was fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.task import Events
from loglynx.bench.templates import TemplateReader


class NewTemplate:
    """The "new event" of Landauer et al. (2024): one unknown template is an anomaly, if the budget allows."""

    name = "new-template"
    smallest_scale = 0.1  # where none was new, one is enough
    is_deterministic = True

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._reader = TemplateReader()
        self._reader.read(windows)
        self._known = len(self._reader.texts)

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """Distinct unknown templates per window; 1 for each of their lines."""
        read = self._reader.read(windows)
        scores = np.array([len(set(t[t >= self._known].tolist())) for t in read], dtype=np.float64)
        return scores, [(t >= self._known).astype(np.float64) for t in read]
