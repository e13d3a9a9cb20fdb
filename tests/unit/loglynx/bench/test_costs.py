from __future__ import annotations

import time

import numpy as np
import pytest

from loglynx.bench import costs
from loglynx.bench.costs import CpuTimer, PeakMemory


def test_cpu_time_counts_work_and_not_waiting() -> None:
    with CpuTimer() as waiting:
        time.sleep(0.05)
    with CpuTimer() as working:
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
    assert waiting.seconds < 0.04 < 0.05 <= working.seconds


def test_memory_that_was_given_back_still_counts() -> None:
    peak = PeakMemory()
    np.ones(200_000_000 // 8).sum()  # far more than what earlier tests gave back may hide
    if peak.method == "peak-reset":
        assert 100 < peak.grown_mb() < 400
        again = PeakMemory()
        assert again.grown_mb() < 100, "of this piece of work alone"


def test_without_proc_the_growth_of_the_highest_peak_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(costs, "_CLEAR", costs.Path("/nonexistent/clear_refs"))
    peak = PeakMemory()
    assert peak.method == "maxrss-growth"
    assert peak.grown_mb() >= 0.0
