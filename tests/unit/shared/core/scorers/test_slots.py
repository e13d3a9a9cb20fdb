"""Slots: what is usual in one place of a template, and how far a value lies from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from shared.core.scorers.slots import LEAST_SEEN, _Slot, _vouched_by_neighbours, _wanders


def test_a_long_run_is_thinned_without_moving_its_ends() -> None:
    run = np.random.default_rng(0).normal(size=50_000)
    thinned, whole = _Slot(run), _Slot(run[:2_000])
    assert len(thinned.ordered) <= 2_001
    assert thinned.surprise(np.array([run.max()]))[0] < 9.0
    assert thinned.surprise(np.array([run.max() + 20.0]))[0] > 20.0
    assert abs(thinned.surprise(np.array([1.5]))[0] - whole.surprise(np.array([1.5]))[0]) < 0.3


def test_surprise_within_what_was_seen_is_the_log_of_a_two_sided_share() -> None:
    slot = _Slot(np.random.default_rng(0).permutation(1_000).astype(float))
    found = slot.surprise(np.array([500.0, 9.0, 989.0]))
    assert found[0] == pytest.approx(0.0, abs=0.01)
    assert found[1:] == pytest.approx([-math.log(0.022), -math.log(0.022)], abs=0.1)


def test_noise_does_not_wander_and_a_step_does() -> None:
    rng = np.random.default_rng(0)
    wandering = [_wanders(rng.normal(size=200)) for _ in range(200)]
    assert np.mean(wandering) < 0.05
    assert _wanders(np.concatenate([rng.normal(size=50), 9.0 + rng.normal(size=50)]))


@pytest.mark.parametrize("count", [LEAST_SEEN, 20, 50])
def test_short_steady_noise_seldom_counts_as_wandering(count: int) -> None:
    rng = np.random.default_rng(0)
    assert np.mean([_wanders(0.03 * rng.normal(size=count)) for _ in range(500)]) < 0.05


def test_a_level_that_moves_slowly_has_not_shown_its_range() -> None:
    rng = np.random.default_rng(0)
    walks = [np.cumsum(rng.normal(size=30)) + 50.0 for _ in range(100)]
    noise = [rng.normal(size=30) + 50.0 for _ in range(100)]
    assert np.median([_vouched_by_neighbours(run) for run in walks]) > 2.0
    assert np.mean([_vouched_by_neighbours(run) > 1.5 for run in noise]) < 0.1
    walk = _Slot(np.repeat(np.arange(10.0), 10))
    shuffled = _Slot(rng.permutation(np.repeat(np.arange(10.0), 10)))
    assert walk.surprise(np.array([20.0]))[0] < shuffled.surprise(np.array([20.0]))[0] - 1.0


def test_the_fewer_values_the_less_strange_is_one_beyond_them() -> None:
    rng = np.random.default_rng(0)
    few, many = _Slot(rng.normal(size=20)), _Slot(rng.normal(size=1_000))
    beyond = [slot.surprise(np.array([slot.highest + 3.0]))[0] - slot.surprise(np.array([slot.highest]))[0]
              for slot in (few, many)]  # fmt: skip
    assert beyond[0] < beyond[1]


def test_a_code_of_a_known_class_is_less_strange_than_one_of_another() -> None:
    slot = _Slot(np.log1p(np.array([200.0, 404.0] * 50)))
    found = slot.surprise(np.log1p(np.array([201.0, 403.0, 500.0, 7.0])))
    assert found[0] == found[1] == pytest.approx(math.log(101)) and found[2] == pytest.approx(math.log(101) + 3.0)
    assert found[3] == found[2]  # no code at all: as far off as its size says, but no further than another class


def test_a_number_that_never_varied_may_be_an_identity_and_a_code_is_none() -> None:
    broker, answer = (_Slot(np.log1p(np.full(1_000, number))) for number in (2.0, 200.0))
    assert broker.surprise(np.log1p(np.array([1.0])))[0] < 6.0
    assert broker.surprise(np.log1p(np.array([2_000.0])))[0] > 6.0
    assert answer.surprise(np.log1p(np.array([500.0])))[0] > 9.0
