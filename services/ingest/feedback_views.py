"""Feedback as people and programs give and see it. Fails with NotFound, Forbidden, QuotaExceeded."""

from __future__ import annotations

from services.ingest.feedback_requests import FeedbackRequest, feedback_of
from services.ingest.ids import checked_feedback_id
from services.ingest.job_views import iso_time
from services.ingest.parts import Parts
from services.ingest.schemas import FeedbackBody, FeedbackList
from shared.core.access import ApiKey, Scope
from shared.core.feedback import Feedback, FeedbackVerdict, standing_of
from shared.errors import Forbidden, NotFound
from shared.store.incident_changes import judged_incident
from shared.store.incidents import KEPT_WINDOWS, Incident

SHOWN = 20


def give(parts: Parts, request: FeedbackRequest, key: ApiKey) -> tuple[FeedbackBody, bool]:
    """(what is kept, was it new?)."""
    feedback = feedback_of(request, key, parts)
    kept, is_new = parts.feedback.give(feedback, parts.now_ms(), parts.settings.feedback_per_day)
    return feedback_body(parts, kept), is_new


def undo(parts: Parts, feedback_id: str, key: ApiKey) -> FeedbackBody:
    """Take back one's own; an administrator takes back anybody's."""
    if parts.feedback.get(checked_feedback_id(feedback_id)).key_id != key.key_id and not key.allows(Scope.ADMIN):
        raise Forbidden
    return feedback_body(parts, parts.feedback.undo(feedback_id, parts.now_ms(), key.name))


def latest(parts: Parts, count: int, stream: str, incident_id: str, with_ended: bool) -> FeedbackList:
    """The last given first."""
    in_force_at = None if with_ended else parts.now_ms()
    found = parts.feedback.latest(count, stream, incident_id, in_force_at)
    return FeedbackList(feedback=[feedback_body(parts, feedback) for feedback in found])


def about(parts: Parts, incident: Incident) -> list[FeedbackBody]:
    """What was said of an incident and holds; what silences it comes with it, whatever it was said of."""
    _, in_force = parts.feedback.in_force(incident.stream)
    said = [f for f in in_force if incident.incident_id == f.incident_id or f.feedback_id == incident.silenced_by]
    said = [f for f in said if f.is_in_force(parts.now_ms())]
    said.sort(key=lambda f: (f.given_ms, f.feedback_id), reverse=True)
    return [feedback_body(parts, feedback) for feedback in said[:SHOWN]]


def feedback_body(parts: Parts, feedback: Feedback) -> FeedbackBody:
    is_in_force = feedback.is_in_force(parts.now_ms())
    return FeedbackBody(
        id=feedback.feedback_id,
        verdict=feedback.verdict.value,
        scope=feedback.scope.value,
        stream=feedback.stream,
        incident_id=feedback.incident_id or None,
        windows=list(feedback.windows),
        category=feedback.category or None,
        author=feedback.author,
        note=feedback.note,
        lines=list(feedback.lines),
        first_time=iso_time(feedback.first_ms),
        last_time=iso_time(feedback.last_ms),
        given_at=iso_time(feedback.given_ms),
        expires_at=iso_time(feedback.expires_ms),
        undone_at=iso_time(feedback.undone_ms or None),
        undone_by=feedback.undone_by or None,
        is_in_force=is_in_force,
        is_effective=is_in_force and _is_effective(parts, feedback),
    )


def _is_effective(parts: Parts, feedback: Feedback) -> bool:
    """Does it do what it says? A false positive may be outweighed; whatever else is said simply holds."""
    if feedback.verdict is not FeedbackVerdict.FALSE_POSITIVE or not feedback.incident_id:
        return True
    _, in_force = parts.feedback.in_force(feedback.stream)
    try:
        judged = judged_incident(parts.incidents.get(feedback.incident_id, KEPT_WINDOWS))
    except NotFound:
        return True
    return standing_of(judged, in_force, parts.now_ms()).silenced_by is not None
