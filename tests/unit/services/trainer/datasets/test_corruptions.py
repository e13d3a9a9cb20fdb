"""What is marked wrong was altered, what is not marked was not, and harmless changes mark nothing."""

from __future__ import annotations

import numpy as np
import pytest

from services.trainer.datasets import corruptions
from services.trainer.datasets.corruptions import Surroundings, corrupt, vary
from services.trainer.datasets.streams import Draft, Stream
from shared.core.records import Level
from shared.core.side_channel import EVENT_DIM, NO_TIME

OWN, NEWS, OWN_TROUBLE, FOREIGN, TROUBLE = 0, 100, 200, 300, 400


def a_draft(first_kind: int, length: int = 12, level: Level | None = Level.INFO) -> Draft:
    features = np.zeros((length, EVENT_DIM), dtype=np.float32)
    features[:, len(Level) if level is None else int(level)] = 1.0
    features[:, len(Level) + 3] = 0.3  # a number
    return Draft(
        np.arange(first_kind, first_kind + length), features, np.arange(length) * 100 + 5000,
        np.ones(length, dtype=np.int64), np.zeros(length, dtype=bool),
    )  # fmt: skip


def around(level: Level | None = Level.INFO) -> Surroundings:
    own = Stream(
        "own", a_draft(OWN, 12, level), failures=a_draft(OWN_TROUBLE, 3, level), news=a_draft(NEWS, 2, level)
    )
    return Surroundings(own, Stream("foreign", a_draft(FOREIGN)), a_draft(TROUBLE, 5))


def same(a: Draft, b: Draft) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("kind", "features", "times_ms", "source")
    )


@pytest.mark.parametrize("kind", corruptions._KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_each_corruption_alters_the_window_and_marks_it(kind: corruptions.Corruption) -> None:
    for seed in range(30):
        window = a_draft(OWN)
        out = kind(np.random.default_rng(seed), window, around())
        if out is None:
            continue
        assert out.wrong.any() and not same(out, window)
        assert len(out.kind) == len(out.features) == len(out.times_ms) == len(out.source) == len(out.wrong)
        assert same(window, a_draft(OWN))  # the given window is left alone


@pytest.mark.parametrize("seed", range(40))
def test_events_from_elsewhere_are_always_marked(seed: int) -> None:
    out = corrupt(np.random.default_rng(seed), a_draft(OWN), around())
    assert out.wrong.any()
    assert out.wrong[out.kind >= OWN_TROUBLE].all()


@pytest.mark.parametrize("seed", range(40))
def test_harmless_changes_mark_nothing_and_bring_no_trouble(seed: int) -> None:
    out = vary(np.random.default_rng(seed), a_draft(OWN), around())
    assert not out.wrong.any()
    assert (out.kind < OWN_TROUBLE).all()


@pytest.mark.parametrize("seed", range(20))
def test_a_stream_without_levels_stays_without(seed: int) -> None:
    window = a_draft(OWN, level=None)
    out = corruptions._insert_trouble(np.random.default_rng(seed), window, around(None))
    assert out is not None and (out.features[:, len(Level)] == 1.0).all()


@pytest.mark.parametrize("seed", range(30))
def test_missing_times_survive(seed: int) -> None:
    window = a_draft(OWN)
    window.times_ms[:] = NO_TIME
    for change in (corrupt, vary):
        assert (change(np.random.default_rng(seed), window, around()).times_ms < 10**6).all()
