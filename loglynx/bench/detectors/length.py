"""How far the length of a window lies from the usual one, as a ratio; says nothing where all are equally long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglynx.bench.calibrated import Strangeness
from loglynx.bench.task import Events


class Length:
    name = "length"
    smallest_scale = 0.1
    is_deterministic = True

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._usual = float(np.median(_log_lengths(windows)))

    def score(self, windows: Sequence[Events]) -> Strangeness:
        """|log(length / median length)|; no line is stranger than another."""
        return np.abs(_log_lengths(windows) - self._usual), None


def _log_lengths(windows: Sequence[Events]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.log([max(len(events), 1) for events in windows])
