from __future__ import annotations

import numpy as np
import pytest
from bench_cases import events_of

from loglynx.bench.detectors import ecvc
from loglynx.bench.detectors.ecvc import NearestCounts

FIT = [events_of("a", "b"), events_of("a", "a", "b"), events_of("a", "c")]


def fitted() -> NearestCounts:
    scorer = NearestCounts()
    scorer.fit(FIT, 0)
    return scorer


def test_distance_by_hand() -> None:
    a, b, c, new = np.log(4 / np.array([4, 3, 2, 1])) + 1
    strangeness, lines = fitted().score([events_of("a", "a", "b"), events_of("a", "c", "c"), events_of("x")])
    assert strangeness == pytest.approx([0.0, 1 - (a + c) / (a + 2 * c), 1.0])
    assert lines is not None
    assert lines[0] == pytest.approx([0.0, 0.0, 0.0])
    assert lines[1] == pytest.approx([0.0, c / 2, c / 2]), "one of two c is too many"
    assert lines[2] == pytest.approx([new])
    assert b > a


def test_a_window_that_lacks_lines_is_strange_too() -> None:
    strangeness, _ = fitted().score([events_of("b")])
    assert 0 < strangeness[0] < 1


def test_the_latest_vectors_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecvc, "MOST_VECTORS", 1)
    strangeness, _ = fitted().score([FIT[0], FIT[2]])
    assert strangeness[1] == 0.0
    assert strangeness[0] > 0.0
