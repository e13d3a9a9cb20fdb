"""Whether a push may come in now, decided before its body is read, from figures at most 250 ms old.

Fails with Overloaded (too much unscored, Redis too full) and StoreUnavailable.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from prometheus_client import Gauge

from services.ingest.store_threads import StoreThreads
from shared.errors import Overloaded

PENDING = Gauge("loglynx_ledger_pending_events", "Events accepted and not yet scored")
MEMORY = Gauge("loglynx_ledger_memory_share", "Share of Redis's maxmemory in use")


class LedgerFigures(Protocol):
    """What the watermarks are compared with."""

    def pending_events(self) -> int: ...

    def memory_use(self) -> float: ...


class Watermarks:
    """One per process; ``check`` is cheap enough for every request."""

    def __init__(
        self, ledger: LedgerFigures, threads: StoreThreads, max_pending: int, max_memory: float, fresh_s: float = 0.25
    ) -> None:
        self._ledger = ledger
        self._threads = threads
        self._max_pending = max_pending
        self._max_memory = max_memory
        self._fresh_s = fresh_s
        self._lock = asyncio.Lock()
        self._looked_at = float("-inf")
        self._is_over = False

    async def check(self) -> None:
        """Return if there is room. Raises Overloaded, StoreUnavailable."""
        if not self._is_fresh():
            async with self._lock:
                if not self._is_fresh():
                    await self._look()
        if self._is_over:
            raise Overloaded

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._looked_at < self._fresh_s

    async def _look(self) -> None:
        pending = await self._threads.run(self._ledger.pending_events)
        memory = await self._threads.run(self._ledger.memory_use)
        PENDING.set(pending)
        MEMORY.set(memory)
        self._is_over = pending >= self._max_pending or memory > self._max_memory
        self._looked_at = time.monotonic()
