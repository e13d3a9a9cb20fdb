"""Shapes of the answers about models and the streams they know: what a shadow made of them, how far they drifted."""

from __future__ import annotations

from pydantic import Field

from services.ingest.schemas import Body


class DisagreementBody(Body):
    """A window that one of the two models flags and the other does not."""

    stream: str
    window_id: str
    kind: str = Field(examples=["new_flag", "lost_flag"])
    active_score: float
    shadow_score: float


class ShadowBody(Body):
    """What a model made of live windows beside the active one."""

    model: str = Field(description="Version, as verdicts name it", examples=["0bfc1890b3ba"])
    last: str | None = Field(description="When windows were last added")
    windows: int = Field(description="Scored by both")
    skipped: int = Field(description="Left out: its share of the time was used up")
    failures: int
    compared: int = Field(description="Of the windows, those of streams that both models know, and sequences")
    agreed_normal: int
    agreed_flagged: int
    new_flags: int = Field(description="Flagged in the shadow only")
    lost_flags: int = Field(description="Flagged by the active model only")
    score_correlation: float | None = Field(description="Pearson's, of the scores of compared windows")
    active_window_ms: float | None
    shadow_window_ms: float | None = Field(description="Wall time; the shadow has the lowest priority")
    disagreements: list[DisagreementBody] = Field(description="The latest, 100 at most")


class ShadowList(Body):
    shadows: list[ShadowBody]


class DriftBody(Body):
    """How far one stream has moved in the last day; a measure that cannot be told is null."""

    stream: str
    at: str | None
    windows: int
    flags: int
    score_psi: float | None = Field(description="Population-stability index of scores against their calibration")
    new_templates: float | None = Field(description="Share of lines whose template the week before did not hold")
    unknown_tokens: float | None = Field(description="Share of tokens that are single bytes to the model")
    false_positives: float | None = Field(description="Share of the flags that people judged and called false")
    past: list[str] = Field(description="Measures past their bounds")
    is_retraining_proposed: bool
    proposed_since: str | None


class DriftList(Body):
    streams: list[DriftBody]
