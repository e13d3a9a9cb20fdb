"""Streams that have moved, as programs get them."""

from __future__ import annotations

from services.ingest.job_views import iso_time
from services.ingest.model_schemas import DriftBody, DriftList
from services.ingest.parts import Parts
from shared.store.drift import StreamDrift


def measured(parts: Parts) -> DriftList:
    """Those for which a retraining is proposed first."""
    return DriftList(streams=[_body(drift) for drift in parts.read_drift()])


def _body(drift: StreamDrift) -> DriftBody:
    measures = drift.measures
    return DriftBody(
        stream=drift.stream,
        at=iso_time(drift.at_ms),
        windows=measures.windows,
        flags=measures.flags,
        score_psi=_rounded(measures.score_psi),
        new_templates=_rounded(measures.new_templates),
        unknown_tokens=_rounded(measures.unknown_tokens),
        false_positives=_rounded(measures.false_positives),
        past=list(drift.past),
        is_retraining_proposed=drift.is_proposed,
        proposed_since=iso_time(drift.since_ms) if drift.is_proposed else None,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
