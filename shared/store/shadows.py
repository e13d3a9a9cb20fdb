"""What a model in the shadow made of live windows, beside the active one: sums that detectors add to.

One hash of numbers per model version, and a short list of windows on which the two disagree; both are forgotten a
month after the last addition. Nothing is decided by it. What may fail: StoreUnavailable, Overloaded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import msgspec
from redis import Redis

from shared.store import keyspace
from shared.store.connection import speaking_to_redis

TTL_S: Final = 30 * 86_400
MOST_DISAGREEMENTS: Final = 100
_MOST_REPORTS: Final = 20


@dataclass(frozen=True, slots=True)
class ShadowSums:
    """All add up.

    windows     scored by both     skipped, failures  left out for want of time; runs that failed
    agreed_normal, agreed_flagged, new_flags, lost_flags  where both models know the stream, or it is a sequence
    n, x, y, xx, yy, xy  of the scores there: active x, candidate y
    active_ms, shadow_ms  time spent on ``windows``
    """

    windows: float = 0.0
    skipped: float = 0.0
    failures: float = 0.0
    agreed_normal: float = 0.0
    agreed_flagged: float = 0.0
    new_flags: float = 0.0
    lost_flags: float = 0.0
    n: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0
    active_ms: float = 0.0
    shadow_ms: float = 0.0

    @property
    def correlation(self) -> float | None:
        """Pearson's, of the scores; None where one of them never varies."""
        if self.n < 2:
            return None
        spread = (self.n * self.xx - self.x**2) * (self.n * self.yy - self.y**2)
        return (self.n * self.xy - self.x * self.y) / math.sqrt(spread) if spread > 1e-9 else None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A window that one model flags and the other does not; ``active`` and ``shadow`` are their scores."""

    stream: str
    window_id: str
    is_new: bool
    active: float
    shadow: float


@dataclass(frozen=True, slots=True)
class ShadowReport:
    version: str
    last_ms: int
    sums: ShadowSums
    disagreements: tuple[Disagreement, ...]


class Shadows:
    """``add`` is for detectors, ``reports`` for whoever asks."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    def add(self, version: str, sums: ShadowSums, disagreements: Sequence[Disagreement], now_ms: int) -> None:
        key, windows = keyspace.shadow(version), keyspace.shadow_windows(version)
        with speaking_to_redis():
            pipeline = self._redis.pipeline(transaction=False)
            for name, amount in asdict(sums).items():
                if amount:
                    pipeline.hincrbyfloat(key, name, amount)
            pipeline.expire(key, TTL_S)
            if disagreements:
                pipeline.lpush(windows, *(msgspec.json.encode(found) for found in disagreements))
                pipeline.ltrim(windows, 0, MOST_DISAGREEMENTS - 1)
                pipeline.expire(windows, TTL_S)
            pipeline.zadd(keyspace.SHADOWS, {version: now_ms})
            pipeline.zremrangebyrank(keyspace.SHADOWS, 0, -1 - _MOST_REPORTS)
            pipeline.expire(keyspace.SHADOWS, TTL_S)
            pipeline.execute()

    def reports(self) -> list[ShadowReport]:
        """The last added to first."""
        with speaking_to_redis():
            named = self._redis.zrevrange(keyspace.SHADOWS, 0, _MOST_REPORTS - 1, withscores=True)
            found = []
            for name, at_ms in named:
                version = name.decode()
                numbers = self._redis.hgetall(keyspace.shadow(version))
                windows = self._redis.lrange(keyspace.shadow_windows(version), 0, MOST_DISAGREEMENTS - 1)
                if numbers:
                    found.append(
                        ShadowReport(version, int(at_ms), _sums(numbers), tuple(map(_disagreement, windows)))
                    )
        return found


def _sums(numbers: dict[bytes, bytes]) -> ShadowSums:
    known = {field.name for field in fields(ShadowSums)}
    return ShadowSums(**{name.decode(): float(n) for name, n in numbers.items() if name.decode() in known})


def _disagreement(member: bytes) -> Disagreement:
    return msgspec.json.decode(member, type=Disagreement)
