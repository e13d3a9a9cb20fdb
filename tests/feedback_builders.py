"""Builders of feedback for tests of every tier: ``a_feedback(incident, verdict, ...)``."""

from __future__ import annotations

from typing import Any

from shared.core.feedback import Feedback, FeedbackScope, FeedbackVerdict, with_id
from shared.store.incidents import Incident


def a_feedback(
    incident: Incident,
    verdict: FeedbackVerdict = FeedbackVerdict.FALSE_POSITIVE,
    scope: FeedbackScope = FeedbackScope.TEMPLATE,
    **facts: Any,
) -> Feedback:
    """What "ann" with the key "k1" says of an incident."""
    known: dict[str, Any] = {"author": "ann", "key_id": "k1", "windows": incident.windows}
    return with_id(
        Feedback(
            feedback_id="",
            verdict=verdict,
            scope=scope,
            stream=incident.stream,
            given_ms=0,
            incident_id=incident.incident_id,
            signature=incident.signature,
            templates=tuple(sorted(incident.templates)),
            **(known | facts),
        )
    )
