"""What was last measured of each stream's drift, and whether that proposes a retraining.

One hash, a field per stream; it decides nothing. What may fail: StoreUnavailable, Overloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from redis import Redis

from shared.core.drift import Measures
from shared.store import keyspace
from shared.store.connection import speaking_to_redis

MOST_STREAMS: Final = 2_000
KEPT_MS: Final = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class StreamDrift:
    """past  measures past their bounds: each is a reason to propose a retraining    since_ms  it has been proposed"""

    stream: str
    at_ms: int
    measures: Measures
    past: tuple[str, ...] = ()
    since_ms: int = 0

    @property
    def is_proposed(self) -> bool:
        return bool(self.past)


class Drifts:
    """``write`` is for the archiver, ``latest`` for whoever asks."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    def write(self, found: Sequence[StreamDrift], now_ms: int) -> None:
        """The latest of these streams; a proposal keeps the time of its first. What is a week old goes."""
        known = {drift.stream: drift for drift in self.latest()}
        fields = {}
        for drift in found[:MOST_STREAMS]:
            before = known.pop(drift.stream, None)
            since = before.since_ms if before is not None and before.is_proposed else drift.at_ms
            fields[drift.stream] = msgspec.json.encode(replace(drift, since_ms=since if drift.is_proposed else 0))
        gone = [stream for stream, drift in known.items() if now_ms - drift.at_ms > KEPT_MS]
        with speaking_to_redis():
            if fields:
                self._redis.hset(keyspace.DRIFT, mapping=fields)
            if gone:
                self._redis.hdel(keyspace.DRIFT, *gone)

    def latest(self) -> list[StreamDrift]:
        """Proposals first, then by name."""
        with speaking_to_redis():
            found = [msgspec.json.decode(content, type=StreamDrift) for content in self._redis.hvals(keyspace.DRIFT)]
        return sorted(found, key=lambda drift: (not drift.is_proposed, drift.stream))
