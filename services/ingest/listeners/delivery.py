"""Brings what one listener receives into the ledger, grouped, and again until the ledger has it.

In: records, waited for (connections: nothing more is read meanwhile) or offered (datagrams: refused when the backlog
is full). Out: pushes, in order. Each has an idempotency key, so that a try that was stored before its answer was lost
counts once. Nothing is acknowledged before its push is in the ledger's append-only file.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter

from services.ingest.batch import Batch
from services.ingest.protocols.received import Received, batch_of
from shared.errors import Overloaded
from shared.telemetry import Refusal, count_refusal

RECORDS = Counter("loglynx_listener_records_total", "Records that came in beside HTTP", ["listener", "outcome"])
LINGER_S = 0.02
MAX_GROUP_RECORDS = 5000
MAX_GROUP_BYTES = 4 * 1024 * 1024
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
log = structlog.get_logger()
Store = Callable[[Batch, str], Awaitable[None]]  # (batch, idempotency key)


class NotStored(Exception):
    """The records could not be stored, or not before the end."""


@dataclass(slots=True)
class _Waiting:
    records: Sequence[Received]
    size: int
    key: str
    done: asyncio.Future[None] | None = field(default=None)


class Delivery:
    """``listener`` is its name in metrics. ``run`` is the one task that stores."""

    def __init__(self, listener: str, store: Store, max_bytes: int) -> None:
        self.listener = listener
        self._store = store
        self._max_bytes = max_bytes
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0
        self._held = 0
        self._is_there = asyncio.Event()

    async def deliver(self, records: Sequence[Received], size: int, key: str = "") -> None:
        """Return when the records are in the ledger. ``key`` tells a message that may be sent again.

        Raises NotStored.
        """
        if not records:
            return
        done = asyncio.get_running_loop().create_future()
        self._put(_Waiting(records, size, key, done))
        await done

    def offer(self, record: Received, size: int) -> bool:
        """False, and counted, when there is no room."""
        if self._bytes + size > self._max_bytes:
            self.drop(Refusal.BACKLOG_FULL)
            return False
        self._put(_Waiting([record], size, ""))
        return True

    def hold(self, change: int) -> None:
        """Count bytes of a message that a connection has read the beginning of."""
        self._held += change

    async def room(self) -> None:
        """Return when the backlog has room. Raises Overloaded when only beginnings fill it: nobody could end."""
        while self._bytes + self._held > self._max_bytes:
            if not self._bytes:
                raise Overloaded
            await asyncio.sleep(FIRST_PAUSE_S)

    def drop(self, reason: Refusal, count: int = 1) -> None:
        """Count records, or a connection, that were not taken."""
        if count:
            count_refusal("ingest", reason, count)
            RECORDS.labels(self.listener, reason.value).inc(count)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._is_there.wait()
            if not self._queue[0].key:  # a sender that waits for its answer sends nothing meanwhile
                await asyncio.sleep(LINGER_S)
            while self._queue:
                await self._store_next()
            self._is_there.clear()

    async def finish(self, task: asyncio.Task[None], grace_s: float) -> None:
        """Give what is there ``grace_s`` to be stored, then stop ``task`` and count the rest."""
        deadline = asyncio.get_running_loop().time() + grace_s
        while self._bytes and not task.done() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while self._queue:
            self._fail(self._queue.popleft(), Refusal.STORE_UNAVAILABLE)

    def _put(self, waiting: _Waiting) -> None:
        self._queue.append(waiting)
        self._bytes += waiting.size
        self._is_there.set()

    async def _store_next(self) -> None:
        group = self._next_group()
        try:
            await self._store_patiently([record for waiting in group for record in waiting.records], group[0].key)
        except asyncio.CancelledError:
            self._queue.extendleft(reversed(group))
            raise
        except Exception:
            log.exception("listener_could_not_store", listener=self.listener)
            for waiting in group:
                self._fail(waiting, Refusal.INTERNAL)
            return
        for waiting in group:
            self._bytes -= waiting.size
            RECORDS.labels(self.listener, "stored").inc(len(waiting.records))
            if waiting.done is not None and not waiting.done.done():
                waiting.done.set_result(None)

    def _next_group(self) -> list[_Waiting]:
        """Messages with a key of their own stay alone; others go together, in order."""
        group = [self._queue.popleft()]
        records, size = len(group[0].records), group[0].size
        while not group[0].key and self._queue and not self._queue[0].key:
            records += len(self._queue[0].records)
            size += self._queue[0].size
            if records > MAX_GROUP_RECORDS or size > MAX_GROUP_BYTES:
                break
            group.append(self._queue.popleft())
        return group

    async def _store_patiently(self, records: Sequence[Received], key: str) -> None:
        key = key or secrets.token_hex(16)
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._store(batch_of(records), key)
                return
            except Overloaded as error:
                if pause_s == FIRST_PAUSE_S:
                    log.warning("listener_waits", listener=self.listener, code=error.code)
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)

    def _fail(self, waiting: _Waiting, reason: Refusal) -> None:
        self._bytes -= waiting.size
        self.drop(reason, len(waiting.records))
        if waiting.done is not None and not waiting.done.done():
            waiting.done.set_exception(NotStored())
