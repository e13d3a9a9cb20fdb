"""The doorbell: an RQ job that says "there is work", never what the work is. (Signatures; the body follows.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from redis import Redis

ALLOWED: Final = {"detector": "score_due", "analyzer": "analyze_due", "trainer": "retrain"}


class Doorbell:
    """Rings a queue: ``Doorbell(redis).ring("detector")``; at most once per linger, one Redis command when it was."""

    def __init__(self, redis: Redis, linger_ms: int = 1000) -> None:
        raise NotImplementedError

    def ring(self, queue: str) -> bool:
        """True if a job went onto the queue."""
        raise NotImplementedError


class DoorbellWorker:
    """One worker, one queue: ``DoorbellWorker("detector", {"score_due": fn}, redis).run()`` until SIGTERM."""

    def __init__(self, queue: str, callables: Mapping[str, Callable[[], object]], redis: Redis) -> None:
        raise NotImplementedError

    def run(self, burst: bool = False) -> int:
        """Serve until told to stop. Returns the exit status: 0 told to stop, 3 Redis is gone."""
        raise NotImplementedError
