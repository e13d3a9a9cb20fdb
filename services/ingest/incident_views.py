"""Incidents and streams as the bodies that people and programs see. Fails with NotFound, StoreUnavailable."""

from __future__ import annotations

from typing import Any

from services.ingest import feedback_views
from services.ingest.ids import checked_incident_id
from services.ingest.job_views import flag_body, iso_time
from services.ingest.parts import Parts
from services.ingest.schemas import IncidentBody, IncidentList, IncidentSummary, StreamBody, StreamList
from shared.store.incidents import KEPT_WINDOWS, Incident, IncidentFilter, IncidentState

SHOWN_FLAGS = 20


def latest(parts: Parts, count: int, with_muted: bool = False) -> IncidentList:
    """The last seen first; muted ones only on demand."""
    wanted = IncidentFilter(states=frozenset(IncidentState)) if with_muted else IncidentFilter()
    return IncidentList(incidents=[IncidentSummary(**_facts(item)) for item in parts.incidents.latest(wanted, count)])


def one(parts: Parts, incident_id: str) -> IncidentBody:
    """An incident with its analysis and the text of its flags: the one analysed first, then the newest."""
    incident = parts.incidents.get(checked_incident_id(incident_id), KEPT_WINDOWS)
    analysed, flags = parts.incident_flags.read(incident, SHOWN_FLAGS)
    return IncidentBody(
        **_facts(incident),
        analysis=dict(incident.analysis) or None,
        analysed_window=analysed,
        flags=[flag_body(flag) for flag in flags],
        feedback=feedback_views.about(parts, incident),
    )


def mute(parts: Parts, incident_id: str, is_muted: bool) -> None:
    """Hide an incident and its later flags, or show it again."""
    state = IncidentState.MUTED if is_muted else IncidentState.OPEN
    parts.incidents.set_state(checked_incident_id(incident_id), state, parts.now_ms())


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


def _facts(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.incident_id,
        "title": incident.title,
        "severity": incident.severity.value,
        "state": incident.state.value,
        "category": incident.category,
        "count": incident.count,
        "streams": [incident.stream],
        "first_seen": iso_time(incident.first_seen_ms),
        "last_seen": iso_time(incident.last_seen_ms),
        "engine": incident.analysis_engine,
        "people_category": incident.people_category or None,
        "silenced_by": incident.silenced_by or None,
        "silenced_flags": incident.silenced_flags,
    }
