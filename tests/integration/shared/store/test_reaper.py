"""The reaper closes idle windows and rings for what is due."""

from __future__ import annotations

import time

from redis import Redis

from shared.errors import StoreUnavailable
from shared.store import keyspace
from shared.store.blocks import Block
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart
from shared.store.reaper import Reaper

NOW = 1_800_000_000_000


def push(ledger: Ledger, now_ms: int) -> None:
    ledger.accept_push(Push([StreamPart("web", "fixed:10", Block(now_ms, ["x"], [1]))], lines=1), now_ms)


def test_round_flushes_idle_streams_and_rings_once_there_is_work(redis_client: Redis) -> None:
    ledger, rung = Ledger(redis_client), []
    reaper = Reaper(ledger, rung.append, idle_ms=3000)
    reaper.round(NOW)
    assert rung == []
    push(ledger, NOW)
    (claim,) = ledger.claim(NOW, 1000, 10, 10)
    reaper.round(NOW + 500)
    assert rung == []
    reaper.round(NOW + 1000)  # the worker is gone: its lease is over
    assert rung == ["detector"]
    assert redis_client.hget(keyspace.stream("web"), "marks") == b"0"
    reaper.round(NOW + 3000)
    assert redis_client.hget(keyspace.stream("web"), "marks") == b"1"
    redis_client.zadd(keyspace.FLAGS_DUE, {"w": NOW})
    rung.clear()
    reaper.round(NOW + 3000)
    assert rung == ["detector", "analyzer"]
    assert claim.attempts == 1


def test_thread_goes_on_after_a_failed_round(redis_client: Redis) -> None:
    rounds = []

    def is_due(now_ms: int) -> bool:
        rounds.append(now_ms)
        if len(rounds) == 1:
            raise StoreUnavailable
        if len(rounds) == 2:
            raise RuntimeError("boom")
        return True

    rung: list[str] = []
    reaper = Reaper(Ledger(redis_client), rung.append, interval_s=0.01, due={"detector": is_due})
    reaper.rounds.start()
    deadline = time.monotonic() + 10
    while not rung and time.monotonic() < deadline:
        time.sleep(0.01)
    reaper.rounds.stop()
    assert rung[0] == "detector" and len(rounds) >= 3
    seen = len(rounds)
    time.sleep(0.05)
    assert len(rounds) == seen
