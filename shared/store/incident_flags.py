"""The flags of an incident with their text, the one that its analysis cites lines of first.

What may fail: StoreUnavailable when Redis is away. Flags whose text is no longer kept are left out.
"""

from __future__ import annotations

from redis import Redis

from shared.core.records import Flag
from shared.store import keyspace
from shared.store.connection import Client, speaking_to_redis
from shared.store.flag_records import FlagDamaged, decode_flag
from shared.store.incident_records import Incident


class IncidentFlags:
    """Reads; safe to call from several threads."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis

    def read(self, incident: Incident, count: int = 20) -> tuple[str, list[Flag]]:
        """(window id that the analysis is about, or ""; at most ``count`` flags, that one first, then the newest)."""
        with speaking_to_redis():
            raw = self._redis.hget(keyspace.incident(incident.incident_id), "analysis_window")
            analysed = raw.decode() if raw else ""
            wanted = list(dict.fromkeys([*([analysed] if analysed else []), *incident.windows]))[:count]
            blobs = self._redis.mget([keyspace.flag(window_id) for window_id in wanted]) if wanted else []
        return analysed, [flag for blob in blobs if blob and (flag := _decoded(blob))]


def _decoded(blob: bytes) -> Flag | None:
    try:
        return decode_flag(blob)
    except FlagDamaged:
        return None
