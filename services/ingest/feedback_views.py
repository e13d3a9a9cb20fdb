"""Feedback as people and programs give and see it. Fails with NotFound, Forbidden, QuotaExceeded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.ingest.feedback_requests import FeedbackRequest, feedback_of
from services.ingest.ids import checked_feedback_id
from services.ingest.job_views import iso_time
from services.ingest.parts import Parts
from services.ingest.schemas import FeedbackBody, FeedbackList
from shared.core.access import ApiKey, Scope
from shared.core.feedback import Feedback, FeedbackVerdict, standing_of
from shared.errors import Forbidden
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
    return FeedbackList(feedback=_bodies(parts, found, {}))


def about(parts: Parts, incident: Incident) -> list[FeedbackBody]:
    """What was said of an incident and holds; what silences it comes with it, whatever it was said of.

    incident  with all of its kept windows: what reaches it is told by them
    """
    _, in_force = parts.feedback.in_force(incident.stream)
    said = [f for f in in_force if incident.incident_id == f.incident_id or f.feedback_id == incident.silenced_by]
    said = [f for f in said if f.is_in_force(parts.now_ms())]
    said.sort(key=lambda f: (f.given_ms, f.feedback_id), reverse=True)
    return _bodies(parts, said[:SHOWN], {incident.incident_id: incident})


def feedback_body(parts: Parts, feedback: Feedback) -> FeedbackBody:
    return _bodies(parts, [feedback], {})[0]


def _bodies(parts: Parts, shown: Sequence[Feedback], at_hand: Mapping[str, Incident]) -> list[FeedbackBody]:
    """``at_hand``: incidents by id, with all of their kept windows; the others are read together."""
    now_ms = parts.now_ms()
    idle = _without_effect(parts, shown, at_hand, now_ms)
    return [_body(feedback, now_ms, feedback.incident_id in idle) for feedback in shown]


def _body(feedback: Feedback, now_ms: int, is_idle: bool) -> FeedbackBody:
    is_in_force = feedback.is_in_force(now_ms)
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
        is_effective=is_in_force and not (is_idle and _may_be_outweighed(feedback)),
    )


def _may_be_outweighed(feedback: Feedback) -> bool:
    """A false positive of an incident; whatever else is said simply holds."""
    return feedback.verdict is FeedbackVerdict.FALSE_POSITIVE and bool(feedback.incident_id)


def _without_effect(
    parts: Parts, shown: Iterable[Feedback], at_hand: Mapping[str, Incident], now_ms: int
) -> set[str]:
    """Ids of the incidents that no false positive silences although one is shown: confirmations outweigh it."""
    asked = [f for f in shown if f.is_in_force(now_ms) and _may_be_outweighed(f)]
    missing = dict.fromkeys(f.incident_id for f in asked if f.incident_id not in at_hand)
    incidents = {**parts.incidents.get_each(list(missing), KEPT_WINDOWS), **at_hand}
    in_force = {stream: parts.feedback.in_force(stream)[1] for stream in {f.stream for f in asked}}
    stream_of = {f.incident_id: f.stream for f in asked}
    return {
        incident_id
        for incident_id, stream in stream_of.items()
        if incident_id in incidents
        and standing_of(judged_incident(incidents[incident_id]), in_force[stream], now_ms).silenced_by is None
    }
