"""Learning, calibrating and judging, on windows made of random vectors."""

import numpy as np
import pytest

from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence

DIM = 32
RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(60, DIM)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)


def a_window(templates: list[int], rng: np.random.Generator, surprise: float = 0.5, trouble: float = 0.05):
    vectors = VECTORS[templates]
    embedding = vectors.mean(axis=0)
    return WindowEvidence(
        template_ids=np.array(templates, dtype=np.uint64),
        vectors=vectors,
        trouble=np.full(len(templates), trouble, dtype=np.float32),
        surprise=(surprise + 0.1 * rng.random(len(templates))).astype(np.float32),
        head=float(0.05 + 0.02 * rng.random()),
        embedding=(embedding / np.linalg.norm(embedding)).astype(np.float32),
    )


def normal_windows(count: int, seed: int) -> list[WindowEvidence]:
    rng = np.random.default_rng(seed)
    return [a_window(sorted(rng.integers(0, 20, size=10).tolist()), rng) for _ in range(count)]


def a_ready_baseline() -> Baseline:
    return Baseline(200).observe(normal_windows(200, seed=1))


def test_a_baseline_learns_then_is_ready_and_then_stays() -> None:
    baseline = Baseline(200).observe(normal_windows(150, seed=1))
    assert baseline.progress == (150, 200) and not baseline.is_ready
    with pytest.raises(RuntimeError):
        baseline.judge(normal_windows(1, seed=2))
    ready = baseline.observe(normal_windows(150, seed=2))
    assert ready.progress == (200, 200) and ready.is_ready
    assert ready.observe(normal_windows(5, seed=3)) is ready


def test_normal_windows_keep_the_budget() -> None:
    judged = a_ready_baseline().judge(normal_windows(2000, seed=9))
    p = np.exp([-j.strangeness for j in judged])
    assert np.mean(p <= 0.05) < 0.1
    assert np.mean(p <= 0.001) <= 0.004


@pytest.mark.parametrize(
    ("component", "strange"),
    [
        ("novelty", lambda rng: a_window([*range(1, 10), 45], rng)),
        ("counts", lambda rng: a_window([7] * 10, rng)),
        ("context", lambda rng: a_window(list(range(10)), rng, surprise=5.0)),
        ("words", lambda rng: a_window(list(range(10)), rng, trouble=0.99)),
    ],
)
def test_each_component_notices_its_own_strangeness(component: str, strange) -> None:
    judgement = a_ready_baseline().judge([strange(np.random.default_rng(5))])[0]
    assert judgement.components[component] < 0.01
    assert judgement.components[component] == min(judgement.components.values())


def test_a_short_rest_of_a_normal_window_is_no_anomaly() -> None:
    rng = np.random.default_rng(6)
    shorts = [a_window(sorted(rng.integers(0, 20, size=3).tolist()), rng) for _ in range(200)]
    judged = a_ready_baseline().judge(shorts)
    assert all(j.components["knn"] == 1.0 for j in judged)
    assert np.mean([np.exp(-j.strangeness) <= 0.01 for j in judged]) < 0.05


def test_a_baseline_survives_its_journey_through_bytes() -> None:
    baseline = a_ready_baseline()
    again = Baseline.from_bytes(baseline.to_bytes())
    windows = normal_windows(20, seed=4)
    assert again.progress == baseline.progress
    assert [j.strangeness for j in again.judge(windows)] == [j.strangeness for j in baseline.judge(windows)]


def test_an_empty_baseline_survives_too() -> None:
    assert Baseline.from_bytes(Baseline(50).to_bytes()).progress == (0, 50)


def test_foreign_bytes_are_refused() -> None:
    with pytest.raises((ValueError, OSError, KeyError)):
        Baseline.from_bytes(b"not a baseline")


def test_a_burst_of_flags_is_no_drift_and_a_flood_is() -> None:
    baseline = a_ready_baseline()
    after_burst = baseline.after_flags([True] * 10 + [False] * 20)
    assert after_burst.is_ready and after_burst.alarm_rate > 0
    flood = [True] * 30
    drifted = baseline.after_flags(flood)
    assert drifted.has_drifted and not drifted.is_ready
    assert drifted.progress == (200, 400)
    assert 15 <= baseline.first_drifted(flood) <= 20


def test_calm_forgets_the_burst() -> None:
    baseline = a_ready_baseline()
    assert baseline.after_flags([False] * 100) is baseline
    assert baseline.after_flags([True] + [False] * 500).alarm_rate == 0.0


def test_a_drifted_baseline_learns_the_new_normal_and_remembers_the_old() -> None:
    rng = np.random.default_rng(3)
    strange = [a_window([int(t) for t in rng.integers(30, 40, size=10)], rng) for _ in range(200)]
    baseline = a_ready_baseline().after_flags([True] * 30).observe(strange)
    assert baseline.is_ready and not baseline.has_drifted
    judged = baseline.judge([*normal_windows(50, seed=8), *strange[:50]])
    assert np.mean([np.exp(-j.strangeness) <= 0.001 for j in judged]) < 0.02


def test_growth_is_bounded() -> None:
    baseline, windows = a_ready_baseline(), normal_windows(100, seed=5)
    for _ in range(12):
        baseline = baseline.after_flags([True] * 30).observe(windows)
    assert len(baseline.windows) <= 800
