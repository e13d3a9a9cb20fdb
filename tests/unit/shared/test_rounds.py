"""A thread whose rounds may fail."""

from __future__ import annotations

import threading

import pytest
from structlog.testing import capture_logs

from shared.errors import StoreUnavailable
from shared.rounds import Rounds


def test_rounds_go_on_after_failures_and_an_outage_is_told_once() -> None:
    failures = iter([StoreUnavailable("away"), StoreUnavailable("away"), ValueError("odd")])
    done = threading.Event()

    def go() -> None:
        if (failure := next(failures, None)) is not None:
            raise failure
        done.set()

    with capture_logs() as said:
        rounds = Rounds("test", go, 0.001)
        rounds.start()
        assert done.wait(10)
        assert rounds.is_going
        rounds.stop()
    assert [entry["log_level"] for entry in said] == ["warning", "error"]


@pytest.mark.parametrize("is_at_once", [True, False])
def test_first_round_comes_when_it_should_and_the_end_comes_last(is_at_once: bool) -> None:
    steps: list[str] = []
    rounds = Rounds("test", lambda: steps.append("round"), 60.0, lambda: steps.append("end"), is_at_once=is_at_once)
    rounds.start()
    rounds.stop()
    assert steps == ["round", "end"] if is_at_once else steps == ["end"]
    assert not rounds.is_going
