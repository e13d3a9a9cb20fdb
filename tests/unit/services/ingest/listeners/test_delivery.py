"""What a listener received goes to the store in order, is tried again, and is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from services.ingest.batch import Batch, Fields
from services.ingest.listeners import delivery as module
from services.ingest.listeners.delivery import Delivery, NotStored
from services.ingest.protocols.received import Received
from shared.errors import Overloaded, StoreUnavailable


def records(*lines: str) -> list[Received]:
    return [Received(line, Fields()) for line in lines]


class Store:
    """Raises what it is told to, in turn, then keeps what it gets."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.kept: list[list[str]] = []
        self.keys: list[str] = []

    async def __call__(self, batch: Batch, key: str) -> None:
        self.keys.append(key)
        if self.failures:
            raise self.failures.pop(0)
        self.kept.append(list(batch.lines))


def run(store: Store, act: Callable[[Delivery], Coroutine[Any, Any, None]], max_bytes: int = 1000) -> None:
    async def main() -> None:
        delivery = Delivery("test_udp", store, max_bytes)
        task = asyncio.create_task(delivery.run())
        await act(delivery)
        await delivery.finish(task, 1)

    asyncio.run(main())


def test_what_comes_together_is_stored_together_and_keys_stay_alone() -> None:
    store = Store()

    async def act(delivery: Delivery) -> None:
        parts = [("a", ""), ("b", ""), ("c", "key of c"), ("d", "")]
        await asyncio.gather(*(delivery.deliver(records(line), 1, key) for line, key in parts))

    run(store, act)
    assert store.kept == [["a", "b"], ["c"], ["d"]]
    assert store.keys[1] == "key of c"


def test_a_store_that_is_away_is_tried_again_under_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.001)
    store = Store(StoreUnavailable(), Overloaded(), StoreUnavailable())

    async def act(delivery: Delivery) -> None:
        await delivery.deliver(records("a"), 1)

    run(store, act)
    assert store.kept == [["a"]]
    assert len(set(store.keys)) == 1


def test_an_unplanned_error_is_never_taken_for_stored() -> None:
    store = Store(RuntimeError("defect"))

    async def act(delivery: Delivery) -> None:
        with pytest.raises(NotStored):
            await delivery.deliver(records("a"), 1)
        await delivery.deliver(records("b"), 1)

    run(store, act)
    assert store.kept == [["b"]]


def test_offers_beyond_the_backlog_are_refused_and_counted() -> None:
    store = Store()

    async def act(delivery: Delivery) -> None:
        counter = module.RECORDS.labels("test_udp", "backlog_full")
        before = counter._value.get()
        taken = [delivery.offer(records("x")[0], 400) for _ in range(4)]
        assert taken == [True, True, False, False]
        assert counter._value.get() - before == 2

    run(store, act)
    assert store.kept == [["x", "x"]]


def test_what_cannot_be_stored_before_the_end_is_not_acknowledged() -> None:
    store = Store(*(StoreUnavailable() for _ in range(1000)))

    async def main() -> None:
        delivery = Delivery("test_tcp", store, 1000)
        task = asyncio.create_task(delivery.run())
        waiting = asyncio.create_task(delivery.deliver(records("a"), 1))
        await asyncio.sleep(0.05)
        await delivery.finish(task, 0.1)
        with pytest.raises(NotStored):
            await waiting

    asyncio.run(main())


def test_beginnings_that_fill_the_backlog_are_refused_instead_of_waiting_for_each_other() -> None:
    async def act(delivery: Delivery) -> None:
        delivery.hold(1001)
        with pytest.raises(Overloaded):
            await delivery.room()
        delivery.hold(-1001)
        await delivery.room()

    run(Store(), act)
