"""The rule that everybody has: levels and words of trouble. It learns nothing but its threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.task import Events, FloatArray
from loglynx.bench.templates import TemplateReader
from shared.core.evidence import log_odds
from shared.core.lexicon import trouble
from shared.core.records import Level


class SeverityWords:
    """Log-odds of the worst line's words and level, by the lexicon of the detector."""

    name = "severity-words"
    smallest_scale = 0.25
    is_deterministic = True

    def __init__(self) -> None:
        self._reader = TemplateReader()
        self._odds: dict[tuple[int, Level | None], float] = {}

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        """Nothing to learn."""

    def score(self, windows: Sequence[Events]) -> Strangeness:
        read = self._reader.read(windows)
        lines: list[FloatArray] = [
            np.array([self._of(t, event.level) for t, event in zip(templates.tolist(), events, strict=True)])
            for templates, events in zip(read, windows, strict=True)
        ]
        return np.array([line.max() if len(line) else -np.inf for line in lines]), lines

    def _of(self, template: int, level: Level | None) -> float:
        if (template, level) not in self._odds:
            self._odds[template, level] = float(log_odds(trouble(self._reader.texts[template], level)))
        return self._odds[template, level]
