"""The analyzer's inbox: flags wait in ``ll:flags:due`` until they are attached to an incident.

A claim is a lease: a worker that dies leaves its flags to the next one. What may fail: StoreUnavailable.
"""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from shared.core.records import Flag
from shared.store import keyspace
from shared.store.connection import Client, speaking_to_redis
from shared.store.flag_records import FlagDamaged, decode_flag
from shared.store.scripts import Scripts


@dataclass(frozen=True, slots=True)
class ClaimedFlag:
    """A leased flag. ``attempts`` counts its claims, this one included; ``flag`` is None if its record is damaged."""

    window_id: str
    attempts: int
    flag: Flag | None


class FlagInbox:
    """Flags that wait for the analyzer."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis
        self._scripts = Scripts(redis)

    def claim(self, now_ms: int, lease_ms: int, count: int) -> list[ClaimedFlag]:
        """Lease up to ``count`` flags, those that have waited longest first."""
        reply = self._scripts.run(
            "claim_flags",
            [keyspace.FLAGS_DUE, keyspace.FLAG_ATTEMPTS],
            [now_ms, now_ms + lease_ms, count, keyspace.flag("")],
        )
        return [ClaimedFlag(raw_id.decode(), int(attempts), _decoded(raw)) for raw_id, attempts, raw in reply]

    def drop(self, window_id: str) -> None:
        """Take a damaged flag out of the inbox for good."""
        with speaking_to_redis():
            pipeline = self._redis.pipeline()
            pipeline.zrem(keyspace.FLAGS_DUE, window_id)
            pipeline.hdel(keyspace.FLAG_ATTEMPTS, window_id)
            pipeline.execute()

    def read(self, window_id: str) -> Flag | None:
        """One flag; None if it is no longer kept or damaged."""
        with speaking_to_redis():
            raw = self._redis.get(keyspace.flag(window_id))
        return _decoded(raw) if raw else None

    def has_due(self, now_ms: int) -> bool:
        """Is there a flag to claim?"""
        with speaking_to_redis():
            return bool(self._redis.zrangebyscore(keyspace.FLAGS_DUE, "-inf", now_ms, start=0, num=1))


def _decoded(raw: bytes) -> Flag | None:
    try:
        return decode_flag(raw)
    except FlagDamaged:
        return None
