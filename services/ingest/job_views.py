"""Records of the store as the bodies that people and programs see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.ingest.schemas import (
    FlagBody,
    FlagIncident,
    JobBody,
    LineBody,
    Progress,
    ReasonBody,
    StreamRange,
    WindowVerdict,
)
from shared.core.records import Flag, Verdict
from shared.store.jobs import JobFlag, JobView


def iso_time(at_ms: int | None) -> str | None:
    """ISO 8601 in UTC with milliseconds; None for no time or one that no calendar holds."""
    if at_ms is None:
        return None
    try:
        moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def analysis_in(text: str | None) -> dict[str, Any] | None:
    """The analysis kept as JSON; None when there is none or it is damaged."""
    if not text:
        return None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def verdict_body(verdict: Verdict) -> WindowVerdict:
    return WindowVerdict(
        window_id=verdict.window_id,
        stream=verdict.stream,
        first_event=verdict.seqs[0],
        last_event=verdict.seqs[-1],
        state=verdict.state.value,
        score=finite(verdict.score),
        threshold=finite(verdict.threshold),
        strangeness=finite(verdict.strangeness),
        severity=verdict.severity.value if verdict.severity else None,
        model_version=verdict.model_version,
        baseline_version=verdict.baseline_version,
        components=dict(verdict.components),
        reasons=[ReasonBody(code=r.code, events=list(r.events), detail=r.detail) for r in verdict.reasons],
    )


def flag_body(flag: Flag, incident: FlagIncident | None = None) -> FlagBody:
    lines = [
        LineBody(
            number=event.number,
            event=event.seq,
            text=event.text,
            level=event.level,
            timestamp=iso_time(event.timestamp_ms),
            surprise=finite(event.surprise),
        )
        for event in flag.events
    ]
    return FlagBody(verdict=verdict_body(flag.verdict), lines=lines, incident=incident)


def job_body(view: JobView) -> JobBody:
    return JobBody(
        job_id=view.job_id,
        state=view.state.value,
        created_at=iso_time(view.created_ms),
        lines=view.lines,
        rejected=dict(view.rejected),
        events=Progress(total=view.events_total, scored=view.events_scored),
        streams=[StreamRange(stream=p.stream, first_event=p.first, last_event=p.end - 1) for p in view.parts],
        windows=view.windows,
        failed_windows=view.failed_windows,
        flags=[flag_body(item.flag, _flag_incident(item)) for item in view.flags],
        verdicts=[verdict_body(verdict) for verdict in view.verdicts],
    )


def _flag_incident(item: JobFlag) -> FlagIncident | None:
    if not item.incident_id:
        return None
    fields: Mapping[str, str] = item.incident
    return FlagIncident(
        id=item.incident_id,
        title=fields.get("title", ""),
        severity=fields.get("severity", ""),
        state=fields.get("state", ""),
        analysis=analysis_in(fields.get("analysis")),
        analysed_window=fields.get("analysis_window", ""),
    )
