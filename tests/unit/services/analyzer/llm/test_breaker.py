"""The breaker opens after failures in a row, lets one call try, and never makes calls wait for each other."""

from __future__ import annotations

import threading

import pytest

from services.analyzer.llm.breaker import Breaker, CircuitOpen


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker) -> None:
    with pytest.raises(ValueError, match="no"), breaker.guard():
        raise ValueError("no")


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(3, 60.0, Clock())
    fail(breaker)
    fail(breaker)
    with breaker.guard():
        pass
    fail(breaker)
    fail(breaker)
    assert not breaker.is_open
    fail(breaker)
    assert breaker.is_open
    with pytest.raises(CircuitOpen), breaker.guard():
        pass


def test_after_a_while_one_call_tries_and_decides() -> None:
    clock = Clock()
    breaker = Breaker(1, 60.0, clock)
    fail(breaker)
    clock.now = 61.0
    with breaker.guard(), pytest.raises(CircuitOpen), breaker.guard():
        pass
    assert not breaker.is_open
    fail(breaker)
    clock.now = 122.0
    fail(breaker)
    assert breaker.is_open


def test_calls_run_side_by_side() -> None:
    breaker, both = Breaker(1, 60.0), threading.Barrier(2, timeout=5)

    def call() -> None:
        with breaker.guard():
            both.wait()

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not both.broken
