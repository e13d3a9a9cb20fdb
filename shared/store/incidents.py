"""Incidents: flags that belong together, with one analysis, a state that people set, and alerts on its changes.

An incident is the hash ``ll:incident:{id}``; ``attach`` puts a flag into it once, however often it is called. The
analysis in it is there from the first moment (by rules) and is replaced when a language model has answered.
Whoever finishes last with an old token changes nothing. What may fail: StoreUnavailable, Overloaded, NotFound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redis import Redis

from shared.errors import NotFound
from shared.store import keyspace
from shared.store.connection import Client, speaking_to_redis
from shared.store.incident_records import (
    NO_ALERTS,
    SEVERITIES,
    Attached,
    Attachment,
    Incident,
    IncidentFilter,
    IncidentState,
    PendingAnalysis,
    StoredAnalysis,
    decode_incident,
)
from shared.store.scripts import Scripts

__all__ = [
    "NO_ALERTS",
    "Attached",
    "Attachment",
    "Incident",
    "IncidentFilter",
    "IncidentState",
    "Incidents",
    "PendingAnalysis",
    "StoredAnalysis",
]

KEPT_S: Final = 30 * 86_400
KEPT_WINDOWS: Final = 500
MAX_SCANNED: Final = 5_000
_PAGE: Final = 100


class Incidents:
    """Reads and writes incidents. Safe to call from several threads."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Client = redis
        self._scripts = Scripts(redis)

    def attach(self, attachment: Attachment, now_ms: int) -> Attached:
        """Put the flag into its incident, made if need be, and take it out of the inbox: in one step, once."""
        a = attachment
        keys = [
            keyspace.FLAGS_DUE,
            keyspace.FLAG_ATTEMPTS,
            keyspace.flag_incident(a.window_id),
            keyspace.incident(a.incident_id),
            keyspace.incident_windows(a.incident_id),
            keyspace.INCIDENTS,
            keyspace.stream_incidents(a.stream),
            keyspace.TOTALS,
            keyspace.INCIDENTS_PENDING,
            keyspace.ALERTS_DUE,
            keyspace.FEEDBACK_VERSION,
            keyspace.silenced(a.silenced_by),
            keyspace.ARCHIVE_ANALYSES,
            keyspace.ARCHIVE_WANTED,
        ]
        arguments = [a.window_id, a.incident_id, now_ms, a.seen_ms, a.first_seq, a.last_seq]
        arguments += ["" if a.event_ms is None else a.event_ms, a.stream, a.signature]
        arguments += [SEVERITIES.index(a.analysis.severity), ",".join(sorted(a.templates))]
        arguments += [int(a.replaces_analysis), int(a.wants_model), a.alert_after_ms, KEPT_S, KEPT_WINDOWS]
        arguments += [",".join(a.known), "" if a.feedback_version is None else a.feedback_version, a.silenced_by]
        arguments += [",".join(sorted(a.flag_templates))]
        reply = self._scripts.run("attach_flag", keys, [*arguments, *a.analysis.fields])
        match reply:
            case [b"attached", incident_id, change, version]:
                return Attached(incident_id.decode(), change.decode(), int(version))
            case [b"again", incident_id]:
                return Attached(incident_id.decode(), is_repeat=True)
            case _:
                return Attached(is_stale=True)

    def warm(self, stream: str) -> list[Incident]:
        """The stream's most recent incidents, in the order that ``Attachment.known`` expects."""
        with speaking_to_redis():
            ids = self._redis.zrange(keyspace.stream_incidents(stream), 0, -1)
        return self._read([raw.decode() for raw in ids])

    # --- language models ------------------------------------------------------------------------------------------

    def claim_analyses(self, now_ms: int, lease_ms: int, count: int) -> list[PendingAnalysis]:
        """Lease incidents that wait for a language model."""
        reply = self._scripts.run(
            "claim_analyses", [keyspace.INCIDENTS_PENDING], [now_ms, now_ms + lease_ms, count, keyspace.incident("")]
        )
        return [
            PendingAnalysis(i.decode(), int(token), int(tries), window.decode()) for i, token, tries, window in reply
        ]

    def store_analysis(
        self, pending: PendingAnalysis, analysis: StoredAnalysis, now_ms: int, ask_again_ms: int | None = None
    ) -> bool:
        """Show ``analysis`` in the incident; ``ask_again_ms``: it is not the last word. False: the lease is lost."""
        keys = [keyspace.incident(pending.incident_id), keyspace.INCIDENTS_PENDING, keyspace.ALERTS_DUE]
        keys += [keyspace.ARCHIVE_ANALYSES, keyspace.ARCHIVE_WANTED]
        again = "" if ask_again_ms is None else ask_again_ms
        arguments = [pending.incident_id, pending.token, pending.window_id, now_ms, again]
        rank = SEVERITIES.index(analysis.severity)
        return bool(self._scripts.run("store_analysis", keys, [*arguments, rank, *analysis.fields]))

    def forget_pending(self, pending: PendingAnalysis) -> None:
        """Nothing is left to ask about: the flag's text is gone."""
        with speaking_to_redis():
            self._redis.zrem(keyspace.INCIDENTS_PENDING, pending.incident_id)

    def has_pending(self, now_ms: int) -> bool:
        """Does an incident wait for a language model?"""
        with speaking_to_redis():
            return bool(self._redis.zrangebyscore(keyspace.INCIDENTS_PENDING, "-inf", now_ms, start=0, num=1))

    # --- people ---------------------------------------------------------------------------------------------------

    def latest(
        self, wanted: IncidentFilter | None = None, count: int = 50, before_ms: int | None = None
    ) -> list[Incident]:
        """Incidents, the one seen last first. ``before_ms``: only those last seen earlier (for the next page)."""
        wanted = wanted or IncidentFilter()
        top = "+inf" if before_ms is None else f"({before_ms}"
        found: list[Incident] = []
        for start in range(0, MAX_SCANNED, _PAGE):
            with speaking_to_redis():
                ids = self._redis.zrevrangebyscore(keyspace.INCIDENTS, top, "-inf", start=start, num=_PAGE)
            found += [incident for incident in self._read([raw.decode() for raw in ids]) if wanted.takes(incident)]
            if len(found) >= count or len(ids) < _PAGE:
                break
        return found[:count]

    def get(self, incident_id: str, windows: int = 50) -> Incident:
        """One incident with the ids of its newest windows. Raises NotFound."""
        found = self.get_each([incident_id], windows)
        if not found:
            raise NotFound("no such incident")
        return found[incident_id]

    def get_each(self, incident_ids: Sequence[str], windows: int = 50) -> dict[str, Incident]:
        """The same for many, by id, a round trip for every hundred; without those that are gone."""
        found = {}
        for start in range(0, len(incident_ids), _PAGE):
            page = incident_ids[start : start + _PAGE]
            with speaking_to_redis():
                pipeline = self._redis.pipeline(transaction=False)
                for incident_id in page:
                    pipeline.hgetall(keyspace.incident(incident_id))
                    pipeline.zrevrange(keyspace.incident_windows(incident_id), 0, windows - 1)
                replies = pipeline.execute()
            for incident_id, fields, ids in zip(page, replies[::2], replies[1::2], strict=True):
                if fields:
                    found[incident_id] = decode_incident(incident_id, fields, tuple(raw.decode() for raw in ids))
        return found

    def of_window(self, window_id: str) -> str | None:
        """Id of the incident that a flagged window was attached to; None for no flag, or one not attached yet."""
        with speaking_to_redis():
            found = self._redis.get(keyspace.flag_incident(window_id))
        return found.decode() if found else None

    def set_state(self, incident_id: str, state: IncidentState, now_ms: int, who: str = "") -> IncidentState:
        """Resolve, mute or reopen; returns the state before. Raises NotFound."""
        before = self._scripts.run("set_incident_state", [keyspace.incident(incident_id)], [state.value, now_ms, who])
        if before is None:
            raise NotFound("no such incident")
        return IncidentState(before.decode())

    def _read(self, ids: Sequence[str]) -> list[Incident]:
        if not ids:
            return []
        with speaking_to_redis():
            pipeline = self._redis.pipeline(transaction=False)
            for incident_id in ids:
                pipeline.hgetall(keyspace.incident(incident_id))
            replies = pipeline.execute()
        return [
            decode_incident(incident_id, fields) for incident_id, fields in zip(ids, replies, strict=True) if fields
        ]
