"""How unlikely the most unlikely step from one template to the next is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.task import Events, FloatArray
from loglynx.bench.templates import TemplateReader

_START, _END = -1, -2
_PRIOR = 1.0  # observations' worth of the plain frequencies, mixed into each template's successors


class Bigram:
    """-log P(template | template before) with a Dirichlet prior on the plain frequencies (MacKay & Peto 1995)."""

    name = "bigram"
    smallest_scale = 0.5
    is_deterministic = True

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._reader = TemplateReader()
        self._pairs: Counter[tuple[int, int]] = Counter()
        for templates in self._reader.read(windows):
            self._pairs.update(pairwise([_START, *templates.tolist(), _END]))
        self._before: Counter[int] = Counter()
        self._after: Counter[int] = Counter()
        for (before, after), count in self._pairs.items():
            self._before[before] += count
            self._after[after] += count
        self._steps = self._after.total()

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """Nats: the strangest step of each window, the one to its end included; each line's own step."""
        known: dict[tuple[int, int], float] = {}
        scores = np.zeros(len(windows))
        lines: list[FloatArray] = []
        for row, templates in enumerate(self._reader.read(windows)):
            steps = list(pairwise([_START, *templates.tolist(), _END]))
            nats = [known[step] if step in known else known.setdefault(step, self._nats(*step)) for step in steps]
            scores[row] = max(nats)
            lines.append(np.array(nats[:-1]))
        return scores, lines

    def _nats(self, before: int, after: int) -> float:
        plain = (self._after[after] + 0.5) / (self._steps + 0.5 * (len(self._after) + 1))
        return float(-np.log((self._pairs[before, after] + _PRIOR * plain) / (self._before[before] + _PRIOR)))
