"""Jobs and incidents as the server sends them, as anomalies to show.

Flags of one incident are one anomaly: it shows the lines of the flag that was explained (if that is not at hand, of
the one that scored highest) and the numbers of all.
Without a LineMap the numbers count events of the stream, from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loglynx.findings import FoundAnomaly, ShownLine
from loglynx.line_map import LineMap
from shared.core.behaviours import behaviour_of

Json = Mapping[str, Any]
SEVERITIES = ("low", "medium", "high", "critical")


def anomalies_of_jobs(jobs: Iterable[Json], maps: Mapping[str, LineMap] | None = None) -> list[FoundAnomaly]:
    """The anomalies of several jobs together, worst first; a flag that two jobs share counts once."""
    flags: dict[str, Json] = {}
    for job in jobs:
        for flag in job.get("flags") or []:
            flags[str(flag["verdict"]["window_id"])] = flag
    groups: dict[str, list[Json]] = {}
    for window_id, flag in flags.items():
        groups.setdefault((flag.get("incident") or {}).get("id") or window_id, []).append(flag)
    found = [_anomaly(group, group[-1].get("incident") or {}, maps or {}) for group in groups.values()]
    return sorted(found, key=lambda anomaly: (-SEVERITIES.index(anomaly.severity), -(anomaly.score or 0.0)))


def anomaly_of_incident(incident: Json, maps: Mapping[str, LineMap] | None = None) -> FoundAnomaly:
    """One incident, with its lines when the server sent them."""
    return _anomaly(incident.get("flags") or [], incident, maps or {})


@dataclass(frozen=True, slots=True)
class FlaggedLines:
    """A flagged window as the lines it covers."""

    stream: str
    lines: frozenset[int]
    incident_id: str
    category: str


def flagged_lines(jobs: Iterable[Json], maps: Mapping[str, LineMap]) -> list[FlaggedLines]:
    """Every flag of the jobs, once."""
    found: dict[str, FlaggedLines] = {}
    for job in jobs:
        for flag in job.get("flags") or []:
            verdict, incident = flag["verdict"], flag.get("incident") or {}
            found[str(verdict["window_id"])] = FlaggedLines(
                str(verdict["stream"]),
                frozenset(line.number for _, line in _lines(flag, maps)),
                str(incident.get("id") or verdict["window_id"]),
                str((incident.get("analysis") or {}).get("category") or ""),
            )
    return list(found.values())


def _anomaly(flags: Sequence[Json], incident: Json, maps: Mapping[str, LineMap]) -> FoundAnomaly:
    analysis: Json = incident.get("analysis") or {}
    worst = max(flags, key=_score_of, default=None)
    explained = next((f for f in flags if f["verdict"]["window_id"] == incident.get("analysed_window")), None)
    shown = explained or worst
    lines = _lines(shown, maps) if shown is not None else []
    evidence = _pointed_at(shown) if shown is not None else set()
    if explained is not None or len(flags) == 1:
        evidence |= set(analysis.get("evidence") or [])
    reasons = {reason["code"]: None for flag in flags for reason in flag["verdict"].get("reasons") or []}
    streams = {flag["verdict"]["stream"]: None for flag in flags} or dict.fromkeys(incident.get("streams") or [])
    category = str(analysis.get("category") or incident.get("category") or "")
    return FoundAnomaly(
        title=str(incident.get("title") or ", ".join(reasons) or "?"),
        severity=_severity(incident, worst),
        score=max(map(_score_of, flags), default=None),
        line_numbers=tuple(sorted({line.number for flag in flags for _, line in _lines(flag, maps)})),
        lines=tuple(line for _, line in lines),
        evidence=tuple(line.number for number, line in lines if number in evidence),
        stream=", ".join(streams),
        category=category,
        behaviour=behaviour_of(category, (line.text for _, line in lines)) or "",
        explanation=str(analysis.get("explanation") or ""),
        probable_cause=str(analysis.get("probable_cause") or ""),
        actions=tuple(_action_text(action) for action in analysis.get("actions") or []),
        reasons=tuple(reasons),
        count=int(incident.get("count") or len(flags) or 1),
        engine=str(analysis.get("engine") or ""),
        language=str(analysis.get("language") or ""),
        incident_id=str(incident.get("id") or ""),
    )


def _lines(flag: Json, maps: Mapping[str, LineMap]) -> list[tuple[int, ShownLine]]:
    """(number in the window, raw line) of a flag; an event of several lines gives several."""
    known = maps.get(str(flag["verdict"]["stream"]), LineMap())
    shown = []
    for line in flag.get("lines") or []:
        numbers = known.lines_of(int(line["event"])) or (int(line["event"]) + 1,)
        texts = str(line["text"]).split("\n")
        if len(numbers) != len(texts):
            texts = [str(line["text"])]
        cited = int(line["number"])
        for index, (number, text) in enumerate(zip(numbers, texts, strict=False)):
            shown.append((cited, ShownLine(number, text, cited if index == 0 else None)))
    return shown


def _pointed_at(flag: Json) -> set[int]:
    """Numbers in the window of the events that the detector's reasons name."""
    return {
        position + 1 for reason in flag["verdict"].get("reasons") or [] for position in reason.get("events") or []
    }


def _score_of(flag: Json) -> float:
    return float(flag["verdict"].get("score") or 0.0)


def _severity(incident: Json, worst: Json | None) -> str:
    severity = str(incident.get("severity") or (worst["verdict"].get("severity") if worst else "") or "low")
    return severity if severity in SEVERITIES else "low"


def _action_text(action: object) -> str:
    return str(action.get("text") or action.get("id")) if isinstance(action, dict) else str(action)
