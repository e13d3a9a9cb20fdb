"""A circuit breaker: stop asking whom fails again and again, try once after a while.

Written here because pybreaker holds its lock while the call runs: with it, questions would be asked one after the
other. Safe to use from several threads. ``guard`` raises CircuitOpen instead of asking.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.errors import AnalysisFailed


class CircuitOpen(AnalysisFailed):
    """Not asked: too many failures in a row."""


class Breaker:
    """Opens after ``most_failures`` in a row; after ``reset_s`` one call may try, and closes or opens it again."""

    def __init__(self, most_failures: int, reset_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._most, self._reset_s, self._now_s = most_failures, reset_s, now_s
        self._lock = threading.Lock()
        self._failures = 0
        self._retry_at_s = 0.0

    @property
    def is_open(self) -> bool:
        """True while it refuses to ask."""
        with self._lock:
            return self._failures >= self._most and self._now_s() < self._retry_at_s

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around one call; what it raises counts as a failure. Raises CircuitOpen."""
        self._enter()
        try:
            yield
        except Exception:
            with self._lock:
                self._failures += 1
                self._retry_at_s = self._now_s() + self._reset_s
            raise
        with self._lock:
            self._failures = 0

    def _enter(self) -> None:
        with self._lock:
            if self._failures < self._most:
                return
            if self._now_s() < self._retry_at_s:
                raise CircuitOpen("the circuit breaker is open")
            self._retry_at_s = self._now_s() + self._reset_s  # this call tries; the others wait for it
