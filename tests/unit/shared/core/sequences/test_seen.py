"""A threshold leaves room for what equal windows differ by; what is seen of windows does not pile up."""

from __future__ import annotations

import numpy as np
import pytest
from bench_cases import events_of

from shared.core.calibration import fit_tail
from shared.core.sequences import seen
from shared.core.sequences.seen import NOISE, SMALLEST_SCALE, Seer, threshold_of


def test_the_window_that_is_always_there_is_not_flagged_for_the_last_digit() -> None:
    tail = fit_tail(np.full(200, 35.95561), SMALLEST_SCALE)
    assert tail.threshold(0.01) < 35.955612 < threshold_of(tail, 0.01)
    assert threshold_of(tail, 0.01) < 35.95561 + 2 * NOISE


def test_what_is_remembered_is_bounded_and_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = [events_of(f"user u{at} did step {'abcdefghij'[at % 10] * (at + 1)}", "the end") for at in range(50)]
    whole = Seer("deeplog").see(windows)
    monkeypatch.setattr(seen, "_MOST_LINES", 8)
    seer = Seer("deeplog")
    assert [seer.see([window])[0] for window in windows] == whole
    assert len(seer._nameless) <= 10
