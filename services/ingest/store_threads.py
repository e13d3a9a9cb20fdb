"""Blocking calls to the store, off the event loop, bounded in number, and failing fast while Redis is away.

The first call that finds Redis away marks it so for a moment; calls meanwhile, those already queued for a thread
included, end at once with StoreUnavailable instead of each waiting for a time-out of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from shared.errors import StoreUnavailable

Args = ParamSpec("Args")
Answer = TypeVar("Answer")


class StoreThreads:
    """``await threads.run(ledger.read_job, job_id, now_ms)``."""

    def __init__(self, threads: int = 32, away_s: float = 0.25) -> None:
        self._limiter = CapacityLimiter(threads)
        self._away_s = away_s
        self._away_until = 0.0

    async def run(self, call: Callable[Args, Answer], *args: Args.args, **kwargs: Args.kwargs) -> Answer:
        """``call``'s answer. Raises whatever it raises, and StoreUnavailable at once while Redis is known away."""
        self._refuse_while_away()
        return await run_sync(self._guarded, partial(call, *args, **kwargs), limiter=self._limiter)

    def _guarded(self, call: Callable[[], Answer]) -> Answer:
        self._refuse_while_away()
        try:
            return call()
        except StoreUnavailable:
            self._away_until = time.monotonic() + self._away_s
            raise

    def _refuse_while_away(self) -> None:
        if time.monotonic() < self._away_until:
            raise StoreUnavailable
