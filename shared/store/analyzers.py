"""Which analyzers run, and what answers in them: told by themselves every few seconds, forgotten when silent.

One sorted set, like ``detectors``: an analyzer's JSON by its last sign of life. This informs people; nothing is
decided by it. What may fail: StoreUnavailable, Overloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from redis import Redis

from shared.store import keyspace
from shared.store.connection import speaking_to_redis

INTERVAL_S: Final = 5.0
SILENT_MS: Final = 20_000
_MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class RunningAnalyzer:
    """engine  "rules" or a language model's back end     model  what it says that it runs
    enforces_schema  whether its server holds replies to a schema; None: unknown, or it does not answer
    worker  tells analyzers apart; not for the open
    """

    engine: str
    model: str = ""
    enforces_schema: bool | None = None
    worker: str = ""


class Analyzers:
    """``announce`` is for analyzers, ``running`` for whoever asks."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    def announce(self, analyzer: RunningAnalyzer, now_ms: int) -> None:
        """Say that it lives; who has been silent for long is dropped."""
        with speaking_to_redis():
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zadd(keyspace.ANALYZERS, {msgspec.json.encode(analyzer): now_ms})
            pipeline.zremrangebyscore(keyspace.ANALYZERS, "-inf", now_ms - SILENT_MS)
            pipeline.pexpire(keyspace.ANALYZERS, SILENT_MS)
            pipeline.execute()

    def withdraw(self, analyzer: RunningAnalyzer) -> None:
        """It ends now, or says something else from now on."""
        with speaking_to_redis():
            self._redis.zrem(keyspace.ANALYZERS, msgspec.json.encode(analyzer))

    def running(self, now_ms: int) -> list[RunningAnalyzer]:
        """Those that gave a sign of life lately, in a stable order."""
        with speaking_to_redis():
            members = self._redis.zrangebyscore(
                keyspace.ANALYZERS, now_ms - SILENT_MS, "+inf", start=0, num=_MOST_SHOWN
            )
        found = [analyzer for member in members if (analyzer := _read(member))]
        return sorted(found, key=lambda analyzer: analyzer.worker)


def _read(member: bytes) -> RunningAnalyzer | None:
    """None for what an older or newer version wrote."""
    try:
        return msgspec.json.decode(member, type=RunningAnalyzer)
    except msgspec.DecodeError:
        return None
