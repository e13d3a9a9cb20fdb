"""Novelty by the usual log parser: how many kinds of lines of a window fit none of Drain3's clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.task import Events, FloatArray
from shared.core.line_ids import collapse, line_ids


class Drain:
    """Drain (He et al. 2017) with the settings of its package, on lines whose numbers are collapsed.

    Collapsed, since a cluster of one line keeps that line's numbers and would fit no other; and each such line once,
    since they are alike to it. ``fit`` mines clusters; ``score`` only matches, so that a verdict does not depend on
    what was judged before.
    """

    name = "drain3"
    smallest_scale = 0.1  # where none was new, one is enough
    is_deterministic = True

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._miner = TemplateMiner(config=TemplateMinerConfig())
        self._is_new: dict[int, bool] = {}
        seen: set[int] = set()
        for events in windows:
            for event, line in zip(events, self._ids(events), strict=True):
                if line not in seen:
                    seen.add(line)
                    self._miner.add_log_message(collapse(event.message))

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """Distinct unmatched lines per window; 1 for each of them."""
        scores = np.zeros(len(windows))
        lines: list[FloatArray] = []
        for row, events in enumerate(windows):
            ids = self._ids(events)
            new = [self._fits_none(line, event.message) for event, line in zip(events, ids, strict=True)]
            scores[row] = len({line for line, is_new in zip(ids, new, strict=True) if is_new})
            lines.append(np.array(new, dtype=np.float64))
        return scores, lines

    def _ids(self, events: Events) -> list[int]:
        ids: list[int] = line_ids([event.message for event in events]).tolist()
        return ids

    def _fits_none(self, line: int, message: str) -> bool:
        if line not in self._is_new:
            self._is_new[line] = self._miner.match(collapse(message)) is None
        return self._is_new[line]
