"""What an incident is, and what goes into one: the records of ``incidents.Incidents``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from shared.core.records import Severity

NO_ALERTS: Final = -1
SEVERITIES: Final = tuple(Severity)


class IncidentState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"  # the next flag of its kind reopens it
    SILENCED = "silenced"  # by feedback, until that ends: later flags count, but neither alert nor show by default
    MUTED = "muted"  # "not an anomaly": later flags count, but neither alert nor show by default


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as people see it. Times in ms since the epoch, by arrival of the flags.

    change     what happened last: opened, reopened, escalated     version  counts changes of state
    analysis   JSON object of services.analyzer.schemas.Analysis
    windows    ids of its windows, newest first; filled by ``get`` only
    state_changed_by  who set the state, "" when nobody is known     people_category  what people say it is, "" unsaid
    silenced_by  id of the feedback that silences it     silenced_flags  how many flags came without an alert for it
    """

    incident_id: str
    stream: str
    signature: str
    state: IncidentState
    severity: Severity
    title: str
    category: str
    count: int
    first_seen_ms: int
    last_seen_ms: int
    first_seq: int
    last_seq: int
    version: int
    change: str
    analysis_engine: str
    analysis: Mapping[str, Any]
    event_ms: int | None = None
    templates: frozenset[str] = frozenset()
    windows: tuple[str, ...] = ()
    state_changed_ms: int = 0
    state_changed_by: str = ""
    people_category: str = ""
    people_note: str = ""
    people_ms: int = 0
    silenced_by: str = ""
    silenced_flags: int = 0


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis on its way into an incident."""

    title: str
    category: str
    severity: Severity
    engine: str
    document: str

    @property
    def fields(self) -> list[str]:
        return [
            "title",
            self.title,
            "category",
            self.category,
            "analysis_engine",
            self.engine,
            "analysis",
            self.document,
        ]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A flag about to be attached.

    templates         key templates that the incident has afterwards
    flag_templates    those of the flag alone, for the archive
    known             ids of the stream's incidents as they were when ``incident_id`` was chosen (``warm``)
    replaces_analysis its analysis is better than the one that the incident shows
    wants_model       ask a language model about it
    feedback_version  as read before ``silenced_by`` was decided; None: nobody looked
    silenced_by       id of the feedback that silences the flag, "" none
    alert_after_ms    wait so long with an alert (for the model's answer); NO_ALERTS: none
    """

    window_id: str
    incident_id: str
    stream: str
    signature: str
    seen_ms: int
    first_seq: int
    last_seq: int
    analysis: StoredAnalysis
    templates: frozenset[str] = frozenset()
    flag_templates: frozenset[str] = frozenset()
    event_ms: int | None = None
    known: Sequence[str] = ()
    replaces_analysis: bool = False
    wants_model: bool = False
    alert_after_ms: int = NO_ALERTS
    feedback_version: int | None = None
    silenced_by: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of it. ``is_stale``: another incident appeared meanwhile, choose again. ``is_repeat``: known."""

    incident_id: str = ""
    change: str = ""
    version: int = 0
    is_repeat: bool = False
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class PendingAnalysis:
    """A lease on one incident that waits for a language model; ``window_id`` names the flag to read."""

    incident_id: str
    token: int
    attempts: int
    window_id: str


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents to list. Without ``states`` the muted and silenced ones are left out."""

    states: frozenset[IncidentState] = field(
        default_factory=lambda: frozenset((IncidentState.OPEN, IncidentState.RESOLVED))
    )
    stream: str = ""
    category: str = ""
    min_severity: Severity = Severity.LOW

    def takes(self, incident: Incident) -> bool:
        return (
            incident.state in self.states
            and self.stream in ("", incident.stream)
            and self.category in ("", incident.category)
            and SEVERITIES.index(incident.severity) >= SEVERITIES.index(self.min_severity)
        )


def decode_incident(incident_id: str, raw: Mapping[bytes, bytes], windows: tuple[str, ...] = ()) -> Incident:
    fields = {key.decode(): value.decode("utf-8", "replace") for key, value in raw.items()}

    def number(name: str) -> int:
        return int(fields.get(name) or 0)

    return Incident(
        incident_id=incident_id,
        stream=fields.get("stream", ""),
        signature=fields.get("signature", ""),
        state=IncidentState(fields.get("state", "open")),
        severity=Severity(fields.get("severity", "low")),
        title=fields.get("title", ""),
        category=fields.get("category", ""),
        count=number("count"),
        first_seen_ms=number("first_seen_ms"),
        last_seen_ms=number("last_seen_ms"),
        first_seq=number("first_seq"),
        last_seq=number("last_seq"),
        version=number("version"),
        change=fields.get("change", ""),
        analysis_engine=fields.get("analysis_engine", ""),
        analysis=_document(fields.get("analysis", "")),
        event_ms=number("event_ms") if fields.get("event_ms") else None,
        templates=frozenset(name for name in fields.get("templates", "").split(",") if name),
        windows=windows,
        state_changed_ms=number("state_changed_ms"),
        state_changed_by=fields.get("state_changed_by", ""),
        people_category=fields.get("people_category", ""),
        people_note=fields.get("people_note", ""),
        people_ms=number("people_ms"),
        silenced_by=fields.get("silenced_by", ""),
        silenced_flags=number("silenced_flags"),
    )


def _document(text: str) -> Mapping[str, Any]:
    """A damaged analysis is shown as none."""
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
