"""How full Redis is: asked seldom, remembered between, so that a push need not pay for the question."""

from __future__ import annotations

from typing import Final

from shared.store.connection import Client, speaking_to_redis

ASK_EVERY_MS: Final = 500


class MemoryGauge:
    """Share of maxmemory in use, at most ASK_EVERY_MS old by the caller's clock."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._asked_ms: int | None = None
        self._share = 0.0

    def share(self, now_ms: int) -> float:
        """0..1; 0.0 if Redis has no limit. Raises StoreUnavailable."""
        if self._asked_ms is None or not 0 <= now_ms - self._asked_ms < ASK_EVERY_MS:
            self._share = self.measure()
            self._asked_ms = now_ms
        return self._share

    def measure(self) -> float:
        with speaking_to_redis():
            info = self._redis.info("memory")
        limit = int(info.get("maxmemory", 0))
        return int(info["used_memory"]) / limit if limit else 0.0
