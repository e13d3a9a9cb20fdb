"""A threshold leaves room for what equal windows differ by."""

from __future__ import annotations

import numpy as np

from shared.core.calibration import fit_tail
from shared.core.sequences.seen import NOISE, SMALLEST_SCALE, threshold_of


def test_the_window_that_is_always_there_is_not_flagged_for_the_last_digit() -> None:
    tail = fit_tail(np.full(200, 35.95561), SMALLEST_SCALE)
    assert tail.threshold(0.01) < 35.955612 < threshold_of(tail, 0.01)
    assert threshold_of(tail, 0.01) < 35.95561 + 2 * NOISE
