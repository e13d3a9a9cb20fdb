"""Small pushes that wait at the same time go to the ledger together, in one round trip.

Nothing lingers: a push that finds nobody on the way goes at once, those that come meanwhile go when it is back. Each
has an outcome of its own, is atomic by itself, and is answered only after the ledger has it.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Sequence

from services.ingest.store_threads import StoreThreads
from shared.store.prepared_pushes import PreparedPush
from shared.store.pushes import Acceptance

MOST_TOGETHER = 64
AcceptPushes = Callable[[Sequence[PreparedPush]], list[Acceptance | Exception]]
_Waiting = tuple[PreparedPush, asyncio.Future[Acceptance]]


def ringing(accept_pushes: AcceptPushes, ring: Callable[[], object]) -> AcceptPushes:
    """``accept_pushes`` that wakes who waits for work, once, when any of the pushes was accepted."""

    def accept(pushes: Sequence[PreparedPush]) -> list[Acceptance | Exception]:
        outcomes = accept_pushes(pushes)
        if any(isinstance(outcome, Acceptance) for outcome in outcomes):
            ring()
        return outcomes

    return accept


class Coalescer:
    """One per process. ``accept_pushes`` blocks, gives an outcome for each push, and may fail for all of them."""

    def __init__(self, accept_pushes: AcceptPushes, threads: StoreThreads) -> None:
        self._accept_pushes = accept_pushes
        self._threads = threads
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    async def accept(self, push: PreparedPush) -> Acceptance:
        """Return when the ledger has the push. Raises what the ledger raises for it."""
        done: asyncio.Future[Acceptance] = asyncio.get_running_loop().create_future()
        self._waiting.append((push, done))
        if self._task is None:
            # a context of its own: what is logged on the way is not the first request's alone
            self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())
        return await done

    async def _run(self) -> None:
        """Until nobody waits."""
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
                await self._accept_group(group)
        finally:
            self._task = None

    async def _accept_group(self, group: Sequence[_Waiting]) -> None:
        outcomes: Sequence[Acceptance | Exception]
        try:
            outcomes = await self._threads.run(self._accept_pushes, [push for push, _ in group])
        except asyncio.CancelledError:
            for _, done in (*group, *self._waiting):
                done.cancel()
            self._waiting.clear()
            raise
        except Exception as error:  # whatever it was, each of them is told
            outcomes = [error] * len(group)
        for outcome, (_, done) in zip(outcomes, group, strict=True):
            if done.done():  # its request was cancelled
                continue
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)
