"""Which detectors run, and on what: told by themselves every few seconds, forgotten when they fall silent.

One sorted set: a detector's JSON by its last sign of life. It expires with the last detector. This informs people;
nothing is decided by it. What may fail: StoreUnavailable, Overloaded.
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
class RunningDetector:
    """provider  ONNX Runtime's name for where the model runs    device  the card's name, "" on the CPU
    model  version of the artefact    worker  tells detectors apart; not for the open
    """

    provider: str
    device: str
    model: str
    worker: str = ""


class Detectors:
    """``announce`` is for detectors, ``running`` for whoever asks."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    def announce(self, detector: RunningDetector, now_ms: int) -> None:
        """Say that it lives; who has been silent for long is dropped."""
        with speaking_to_redis():
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zadd(keyspace.DETECTORS, {msgspec.json.encode(detector): now_ms})
            pipeline.zremrangebyscore(keyspace.DETECTORS, "-inf", now_ms - SILENT_MS)
            pipeline.pexpire(keyspace.DETECTORS, SILENT_MS)
            pipeline.execute()

    def withdraw(self, detector: RunningDetector) -> None:
        """It ends now."""
        with speaking_to_redis():
            self._redis.zrem(keyspace.DETECTORS, msgspec.json.encode(detector))

    def running(self, now_ms: int) -> list[RunningDetector]:
        """Those that gave a sign of life lately, in a stable order."""
        with speaking_to_redis():
            members = self._redis.zrangebyscore(
                keyspace.DETECTORS, now_ms - SILENT_MS, "+inf", start=0, num=_MOST_SHOWN
            )
        found = [detector for member in members if (detector := _read(member))]
        return sorted(found, key=lambda detector: detector.worker)


def _read(member: bytes) -> RunningDetector | None:
    """None for what an older or newer version wrote."""
    try:
        return msgspec.json.decode(member, type=RunningDetector)
    except msgspec.DecodeError:
        return None
