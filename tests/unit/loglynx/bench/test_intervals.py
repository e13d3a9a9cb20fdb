from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from loglynx.bench import intervals
from loglynx.bench.intervals import block_intervals, blocks_of


def test_blocks_are_contiguous_and_equal() -> None:
    block = blocks_of(101)
    assert (np.diff(block) >= 0).all()
    assert set(np.bincount(block).tolist()) <= {5, 6}
    assert len(np.bincount(block)) == 20
    assert blocks_of(3).tolist() == [0, 1, 2]
    assert blocks_of(0).tolist() == []


def drawn(is_clustered: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """400 windows, 40 anomalies, of which half are found: in two stretches of time, or wherever chance has it."""
    rng = np.random.default_rng(1)
    at = np.arange(100, 140) if is_clustered else np.sort(rng.permutation(400)[:40])
    is_anomaly = np.zeros(400, dtype=bool)
    is_anomaly[at] = True
    score = rng.normal(size=400)
    score[at[:20] if is_clustered else rng.permutation(at)[:20]] += 10.0
    return is_anomaly, score, score > 5.0


def test_figures_lie_in_their_intervals() -> None:
    is_anomaly, score, is_flagged = drawn(is_clustered=False)
    found = block_intervals(is_anomaly, score, is_flagged)
    low, high = found["f1"]
    assert low < 2 * 20 / (20 + 40) < high
    low, high = found["roc_auc"]
    assert low < roc_auc_score(is_anomaly, score) < high
    assert all(0 <= low <= high <= 1 for low, high in found.values())


def test_neighbours_that_share_their_fate_widen_the_interval() -> None:
    def width(is_clustered: bool) -> float:
        low, high = block_intervals(*drawn(is_clustered))["f1"]
        return high - low

    assert width(is_clustered=True) > 1.5 * width(is_clustered=False)


def test_the_same_every_time_and_in_any_number_of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = block_intervals(*drawn(is_clustered=False))
    monkeypatch.setattr(intervals, "_MOST_CELLS", 400 * 7)
    assert block_intervals(*drawn(is_clustered=False)) == whole


@pytest.mark.parametrize("count", [0, 1, 50])
def test_without_anomalies_nothing_is_known(count: int) -> None:
    none = np.zeros(count, dtype=bool)
    found = block_intervals(none, np.zeros(count), none)
    assert np.isnan([bound for interval in found.values() for bound in interval]).all()
