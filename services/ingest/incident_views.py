"""Incidents and streams as the bodies that people and programs see. Fails with NotFound, StoreUnavailable."""

from __future__ import annotations

import re

from services.ingest.job_views import iso_time
from services.ingest.parts import Parts
from services.ingest.schemas import IncidentBody, IncidentList, StreamBody, StreamList
from shared.errors import NotFound

INCIDENT_ID = re.compile(r"i[0-9a-f]{16}")


def latest(parts: Parts, count: int, with_muted: bool = False) -> IncidentList:
    """The last seen first; muted ones only on demand."""
    return IncidentList(incidents=[])


def one(parts: Parts, incident_id: str) -> IncidentBody:
    """An incident with its analysis and the text of its most recent flags."""
    raise NotFound


def mute(parts: Parts, incident_id: str, is_muted: bool) -> None:
    """Hide an incident and its later flags, or show it again."""
    raise NotFound


def streams(parts: Parts, count: int) -> StreamList:
    """Streams, the last to receive a push first."""
    return StreamList(
        streams=[
            StreamBody(
                name=view.name,
                rule=view.rule,
                state="ready" if view.is_ready else "learning",
                learnt_windows=view.progress[0] if view.progress else None,
                learn_windows=view.progress[1] if view.progress else None,
                events=view.events,
                pending_events=view.pending_events,
                last_push=iso_time(view.last_push_ms),
            )
            for view in parts.streams.latest(count)
        ]
    )


def checked_id(incident_id: str) -> str:
    """``incident_id`` if it may be one; nothing else reaches the store. Raises NotFound."""
    if not INCIDENT_ID.fullmatch(incident_id):
        raise NotFound
    return incident_id
