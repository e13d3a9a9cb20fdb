"""Streams as people see them: how much they hold, what waits, and whether they have learnt what is normal.

What may fail: StoreUnavailable when Redis is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis

from shared.core.baseline import Baseline
from shared.store import keyspace
from shared.store.baselines import read_judging
from shared.store.connection import speaking_to_redis

MAX_REMEMBERED = 4096
FIELDS = ("head", "cursor", "rule", "baseline_version")


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream. ``progress`` is (windows learnt, windows needed); None while it has no baseline at all."""

    name: str
    rule: str
    events: int
    pending_events: int
    last_push_ms: int
    baseline_version: int
    progress: tuple[int, int] | None = None

    @property
    def is_ready(self) -> bool:
        return self.progress is not None and self.progress[0] >= self.progress[1]


class StreamViews:
    """Reads; remembers the progress of each baseline version. Safe to call from several threads."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._progress: dict[tuple[str, int], tuple[int, int] | None] = {}

    def latest(self, count: int = 100) -> list[StreamView]:
        """Streams, the last to receive a push first; sequences are not among them."""
        with speaking_to_redis():
            named = self._redis.zrevrange(keyspace.STREAMS, 0, count - 1, withscores=True)
            pipeline = self._redis.pipeline(transaction=False)
            for name, _ in named:
                pipeline.hmget(keyspace.stream(name.decode()), FIELDS)
            rows = pipeline.execute()
        return [self._view(name.decode(), int(at_ms), row) for (name, at_ms), row in zip(named, rows, strict=True)]

    def _view(self, name: str, last_push_ms: int, row: list[bytes | None]) -> StreamView:
        head, cursor, version = (int(row[column] or 0) for column in (0, 1, 3))
        rule = (row[2] or b"").decode()
        return StreamView(name, rule, head, head - cursor, last_push_ms, version, self._learnt(name, version))

    def _learnt(self, name: str, version: int) -> tuple[int, int] | None:
        if version == 0:
            return None
        if (name, version) not in self._progress:
            if len(self._progress) >= MAX_REMEMBERED:
                self._progress.clear()
            blob = read_judging(self._redis, name)
            try:
                self._progress[name, version] = Baseline.from_bytes(blob).progress if blob else None
            except ValueError:
                self._progress[name, version] = None
        return self._progress[name, version]
