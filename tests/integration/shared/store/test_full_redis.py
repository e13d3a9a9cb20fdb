"""A full Redis refuses pushes, and still lets finished work be written, so that it drains by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from shared.core.records import Verdict, VerdictState
from shared.core.windowing import EventRef, Flush, Item, WindowRule, advance
from shared.errors import Overloaded, StoreUnavailable
from shared.store import keyspace
from shared.store.blocks import Block
from shared.store.claims import FlushEntry, Outcome
from shared.store.connection import connect
from shared.store.doorbell import Doorbell, DoorbellWorker
from shared.store.ledger import Ledger, LedgerLimits
from shared.store.pushes import Push, StreamPart

NOW = 1_800_000_000_000
MAX_MEMORY = 12 * 1024 * 1024


@pytest.fixture
def small_redis(redis_servers: Callable[..., Any]) -> Iterator[Redis]:
    server = redis_servers("--maxmemory", str(MAX_MEMORY))
    client = connect(server.url, timeout_s=20)
    yield client
    client.close()


def big_push(number: int) -> Push:
    texts = [os.urandom(1000).hex() for _ in range(100)]
    return Push([StreamPart(f"s{number % 3}", "fixed:10", Block(NOW, texts, [1] * 100))], lines=100)


def fill(ledger: Ledger) -> int:
    for pushes in range(1000):
        try:
            ledger.accept_push(big_push(pushes), NOW)
        except Overloaded:
            return pushes
    raise AssertionError("redis never got full")


def drain(ledger: Ledger) -> None:
    while claims := ledger.claim(NOW, 60_000, 1000, 10):
        for claim, entries in zip(claims, ledger.read_many(claims), strict=True):
            items: list[Item] = []
            for entry in entries:
                if isinstance(entry, FlushEntry):
                    items.append(Flush(entry.rule))
                else:
                    items += [
                        EventRef(seq, NOW)
                        for seq in range(entry.first_seq, entry.first_seq + len(entry.block))
                        if seq >= claim.folded
                    ]
            windows, state = advance(WindowRule.parse(claim.rule), claim.state, items)
            verdicts = [Verdict(w.window_id, w.stream, w.seqs, VerdictState.NORMAL, 0, 0, 1, "m", 0) for w in windows]
            assert ledger.commit(claim, Outcome(state, verdicts), NOW)


def shrink(redis: Redis) -> None:
    """Leave Redis with a tenth less than it holds: full beyond doubt, whatever its buffers do."""
    used = int(redis.info("memory")["used_memory"])  # type: ignore[index]
    redis.config_set("maxmemory", used * 9 // 10)


def test_full_redis_refuses_pushes_and_drains(small_redis: Redis) -> None:
    ledger = Ledger(small_redis, LedgerLimits(memory_ceiling=10.0))
    pushes = fill(ledger)
    shrink(small_redis)
    assert pushes > 10
    with pytest.raises(Overloaded):
        ledger.accept_push(big_push(0), NOW)
    before = ledger.totals()
    assert before["events"] == before["lines"] == pushes * 100, "a refused push left something behind"
    with pytest.raises(ResponseError):
        small_redis.set("x", "y" * 100)
    drain(ledger)
    assert ledger.pending_events() == 0
    assert ledger.totals()["windows"] == pushes * 10
    ledger.accept_push(big_push(0), NOW)


def test_pushes_are_refused_before_redis_is_full(small_redis: Redis) -> None:
    ledger = Ledger(small_redis)
    now = NOW
    with pytest.raises(Overloaded):
        for number in range(1000):
            ledger.accept_push(big_push(number), now)
            now += 600
    assert 0.8 < ledger.memory_use() < 1.0
    small_redis.set("there is room for", "what redis itself needs")
    drain(ledger)
    ledger.accept_push(big_push(0), now + 600)


@pytest.mark.timeout(60)
def test_worker_drains_a_redis_too_full_for_rq(small_redis: Redis) -> None:
    """RQ cannot even register its worker there; the work is done without a ring."""
    ledger = Ledger(small_redis, LedgerLimits(memory_ceiling=10.0))
    fill(ledger)
    shrink(small_redis)
    assert Doorbell(small_redis).ring("detector") is False
    client = connect(f"redis://127.0.0.1:{small_redis.connection_pool.connection_kwargs['port']}/0")

    def score_due() -> None:
        drain(ledger)
        worker.stop()

    worker = DoorbellWorker("detector", {"score_due": score_due}, client)
    assert worker.run() == 0
    client.close()
    assert ledger.pending_events() == 0


def test_lost_redis_is_an_unavailable_store() -> None:
    ledger = Ledger(connect("redis://127.0.0.1:1/0"))
    with pytest.raises(StoreUnavailable):
        ledger.accept_push(big_push(0), NOW)
    with pytest.raises(StoreUnavailable):
        ledger.claim(NOW, 1, 1, 1)
    with pytest.raises(StoreUnavailable):
        ledger.totals()


def test_scripts_are_loaded_again_into_a_new_redis(redis_client: Redis) -> None:
    ledger = Ledger(redis_client)
    ledger.accept_push(big_push(0), NOW)
    redis_client.script_flush()
    ledger.accept_push(big_push(0), NOW)
    assert ledger.totals()["jobs"] == 2
    assert redis_client.pttl(keyspace.push("k")) == -2


def test_idempotency_keys_live_for_a_day(redis_client: Redis) -> None:
    push = Push([StreamPart("s", "fixed:10", Block(NOW, ["x"], [1]))], 1, "digest", "key")
    Ledger(redis_client).accept_push(push, NOW)
    assert 86_390_000 < redis_client.pttl(keyspace.push("key")) <= 86_400_000  # type: ignore[operator]
