"""The bodies that the front door answers with, and documents. Times are ISO 8601 in UTC; missing figures are null."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """Base of every answer. Infinities and NaN leave as null: JSON has no word for them."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="null")


class RejectedLine(Body):
    index: int = Field(description="0-based position in the push")
    reason: str = Field(examples=["empty", "not_text", "not_json", "too_many_streams"])


class Accepted(Body):
    """202: the lines are in the store's append-only file."""

    job_id: str | None = Field(description="null when no line was left to score", examples=["j01k9x3c5e6f7g8h9"])
    accepted: int = Field(description="Lines accepted", examples=[998])
    events: int = Field(description="Events they became; a stack trace is one event", examples=[971])
    clipped: int = Field(0, description="Accepted lines that were cut to the longest allowed")
    rejected_count: int = Field(0, examples=[2])
    rejected: list[RejectedLine] = Field(default_factory=list, description="The first 20")
    is_replay: bool = Field(False, description="The same Idempotency-Key and body had been accepted before")


class Collected(Body):
    """The lines of a collector's push are in the store's append-only file."""

    accepted: int = Field(description="Lines accepted", examples=[998])
    rejected: int = Field(0, examples=[2])
    errors: list[RejectedLine] = Field(default_factory=list, description="The first 10")


class PreviewEvent(Body):
    """How one event would be read."""

    stream: str
    line_count: int
    timestamp: str | None = Field(examples=["2026-03-01T12:00:00.000Z"])
    level: str | None = Field(examples=["error"])
    source: str = Field(examples=["sshd"])
    format: str = Field(examples=["syslog"])
    message: str = Field(examples=["Failed password for root from 10.0.0.1 port 4711"])
    template: str = Field(examples=["Failed password for root from <IP> port <NUM>"])


class Preview(Body):
    """The answer to ?dry_run=1; nothing was stored."""

    accepted: int
    events: int
    clipped: int
    rejected_count: int
    rejected: list[RejectedLine]
    preview: list[PreviewEvent] = Field(description="The first 200 events")


class StreamRange(Body):
    """Events of one stream that a job brought, both ends included."""

    stream: str
    first_event: int
    last_event: int


class Progress(Body):
    total: int
    scored: int


class ReasonBody(Body):
    code: str = Field(examples=["new_template"])
    events: list[int] = Field(description="Positions in the window, from 0")
    detail: str = ""


class WindowVerdict(Body):
    window_id: str
    stream: str
    first_event: int
    last_event: int
    state: str = Field(examples=["flagged"])
    score: float | None = Field(description="0..1; 0.5 is the threshold", examples=[0.93])
    threshold: float | None = Field(description="In nats; null while the stream is learning")
    strangeness: float | None
    severity: str | None
    model_version: str
    baseline_version: int
    components: dict[str, float]
    reasons: list[ReasonBody]


class LineBody(Body):
    number: int = Field(description="From 1 within the window; what evidence cites")
    event: int = Field(description="Position in the stream, from 0")
    text: str
    level: str
    timestamp: str | None
    surprise: float | None


class IncidentSummary(Body):
    id: str = Field(examples=["i3f2a9c1d4e5b6a70"])
    title: str
    severity: str
    state: str
    category: str
    count: int
    streams: list[str]
    first_seen: str | None
    last_seen: str | None
    engine: str = Field(description="Who wrote the analysis: rules, or a language model")
    people_category: str | None = Field(None, description="What people say it is; benign: no anomaly")
    silenced_by: str | None = Field(None, description="id of the feedback that silences it")
    silenced_flags: int = Field(0, description="Flags that raised no alert because of feedback")


class FeedbackBody(Body):
    """What a person said. ``is_effective``: a false positive that silences; no confirmation outweighs it."""

    id: str = Field(examples=["f3f2a9c1d4e5b6a70"])
    verdict: str = Field(examples=["false_positive", "confirmed", "wrong_class", "missed"])
    scope: str = Field(examples=["window", "template", "stream"])
    stream: str
    incident_id: str | None
    windows: list[str]
    category: str | None = Field(description="Of the taxonomy: what the anomaly is, where somebody said so")
    author: str
    note: str
    lines: list[str] = Field(description="What should have been flagged")
    first_time: str | None = Field(description="When that was logged")
    last_time: str | None
    given_at: str | None
    expires_at: str | None
    undone_at: str | None
    undone_by: str | None
    is_in_force: bool
    is_effective: bool


class FeedbackList(Body):
    feedback: list[FeedbackBody]


class IncidentBody(IncidentSummary):
    analysis: dict[str, Any] | None = Field(description="category, severity, explanation, evidence, actions, ...")
    analysed_window: str = Field(description="window_id of the flag whose line numbers the evidence cites")
    flags: list[FlagBody] = Field(description="That flag first, then the newest; 20 at most")
    feedback: list[FeedbackBody] = Field(default=[], description="In force, the last given first; 20 at most")


class FlagIncident(Body):
    """The incident that a flag belongs to, as far as it is known."""

    id: str
    title: str
    severity: str
    state: str
    analysis: dict[str, Any] | None
    analysed_window: str = Field(description="window_id of the flag whose line numbers the evidence cites")


class FlagBody(Body):
    verdict: WindowVerdict
    lines: list[LineBody]
    incident: FlagIncident | None = None


class JobBody(Body):
    """What a push became."""

    job_id: str
    state: str = Field(examples=["queued", "scoring", "analyzing", "done", "failed"])
    created_at: str | None
    lines: int
    rejected: dict[str, int]
    events: Progress
    streams: list[StreamRange]
    windows: int
    failed_windows: int
    flags: list[FlagBody]
    verdicts: list[WindowVerdict] = Field(description="Of self-contained sequences only")


class StreamBody(Body):
    name: str
    rule: str = Field(examples=["fixed:10"])
    state: str = Field(examples=["learning", "ready"])
    learnt_windows: int | None = Field(description="n of learning n/N")
    learn_windows: int | None = Field(description="N of learning n/N")
    events: int
    pending_events: int
    last_push: str | None


class StreamList(Body):
    streams: list[StreamBody]


class IncidentList(Body):
    incidents: list[IncidentSummary]


class Score(Body):
    """The verdict on one log or sequence."""

    score: float | None = Field(examples=[0.82])
    is_anomaly: bool = Field(examples=[True])


class ScoredLog(Score):
    index: int


class BatchScores(Body):
    results: list[ScoredLog]
    count: int
    anomalies: int


class Waiting(Body):
    """202: the verdict is not there yet; ask for the job."""

    job_id: str
    state: str
    location: str = Field(examples=["/jobs/j01k9x3c5e6f7g8h9"])


class Tokens(Body):
    tokens: list[str] = Field(examples=[["failed", "password", "for", "root", "from", "<IP>"]])


class Problem(Body):
    """RFC 9457; ``code`` is what a program should look at. Never repeats what was sent."""

    type: str = Field(examples=["urn:loglynx:problem:unauthenticated"])
    title: str
    status: int
    code: str
    request_id: str
    detail: str | None = None


IncidentBody.model_rebuild()
