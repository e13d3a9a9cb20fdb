"""Alerts that are due: at most one for each change of an incident's state, through any number of kills.

Taking an alert marks it as being sent before it is sent. A sender that is killed in between has lost it; one that
knows that nothing was delivered puts it back.
"""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from shared.store import keyspace
from shared.store.connection import Client, speaking_to_redis
from shared.store.scripts import Scripts


@dataclass(frozen=True, slots=True)
class DueAlert:
    """One alert: the incident and which change of it. ``alert_id`` is what a receiver can tell repeats by."""

    incident_id: str
    version: int

    @property
    def alert_id(self) -> str:
        return f"{self.incident_id}:{self.version}"


class AlertQueue:
    """Alerts on their way out."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis
        self._scripts = Scripts(redis)

    def take(self, now_ms: int, count: int) -> list[DueAlert]:
        """Alerts that nobody else has taken or will take."""
        reply = self._scripts.run("claim_alerts", [keyspace.ALERTS_DUE], [now_ms, count, keyspace.incident("")])
        return [DueAlert(incident_id.decode(), int(version)) for incident_id, version in reply]

    def count_try(self, alert: DueAlert) -> int:
        """Note that a delivery failed; returns how many have."""
        with speaking_to_redis():
            return int(self._redis.hincrby(keyspace.incident(alert.incident_id), f"alert_tries:{alert.version}", 1))

    def put_back(self, alert: DueAlert, due_ms: int) -> None:
        """Nothing was delivered: due again at ``due_ms``."""
        with speaking_to_redis():
            pipeline = self._redis.pipeline()
            pipeline.hdel(keyspace.incident(alert.incident_id), f"alert:{alert.version}")
            pipeline.zadd(keyspace.ALERTS_DUE, {alert.alert_id: due_ms})
            pipeline.execute()

    def finish(self, alert: DueAlert, outcome: str) -> None:
        """Note what became of it: sent, refused, uncertain."""
        with speaking_to_redis():
            self._redis.hset(keyspace.incident(alert.incident_id), f"alert:{alert.version}", outcome)

    def has_due(self, now_ms: int) -> bool:
        with speaking_to_redis():
            return bool(self._redis.zrangebyscore(keyspace.ALERTS_DUE, "-inf", now_ms, start=0, num=1))
