"""Running analyzers are listed while they give signs of life, on a real Redis."""

from __future__ import annotations

from redis import Redis

from shared.store import keyspace
from shared.store.analyzers import SILENT_MS, Analyzers, RunningAnalyzer

RULES = RunningAnalyzer("rules", worker="host:1")
MODEL = RunningAnalyzer("openai", "qwen3", False, "host:2")


def test_each_is_listed_once_until_it_falls_silent_or_leaves(redis_client: Redis) -> None:
    analyzers = Analyzers(redis_client)
    for now_ms in (1_000_000, 1_005_000):
        analyzers.announce(MODEL, now_ms)
    analyzers.announce(RULES, 1_005_000)
    redis_client.zadd(keyspace.ANALYZERS, {b"not json": 1_005_000})
    assert analyzers.running(1_006_000) == [RULES, MODEL]
    assert 0 < redis_client.pttl(keyspace.ANALYZERS) <= SILENT_MS
    assert analyzers.running(1_005_001 + SILENT_MS) == []
    analyzers.withdraw(RULES)
    assert analyzers.running(1_006_000) == [MODEL]
