"""Jobs: what a push became, answered from the streams it touched. A job's progress costs the same at any size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.records import Flag, Verdict


class JobState(StrEnum):
    QUEUED = "queued"  # nothing scored yet
    SCORING = "scoring"
    ANALYZING = "analyzing"  # every event is scored, a flag still waits for its incident
    DONE = "done"
    FAILED = "failed"  # none of its windows could be scored


@dataclass(frozen=True, slots=True)
class JobPart:
    """Events ``first`` .. ``end - 1`` of a stream."""

    stream: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class JobFlag:
    """A flag of the job with what the analyzer made of it.

    incident_id      "" until it is attached
    incident         fields of the incident's hash: title, severity, state, analysis (JSON), analysis_engine
    """

    flag: Flag
    incident_id: str = ""
    incident: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobView:
    """What ``GET /jobs/{id}`` shows.

    windows, failed_windows  counted when every event is scored, 0 before
    flags                    at most 100, in order of their streams and positions; also those that began before the
                             job or end after it
    verdicts                 of sequences only
    """

    job_id: str
    state: JobState
    created_ms: int
    lines: int
    rejected: Mapping[str, int]
    is_sequence: bool
    parts: tuple[JobPart, ...]
    events_total: int
    events_scored: int
    windows: int = 0
    failed_windows: int = 0
    flags: tuple[JobFlag, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
