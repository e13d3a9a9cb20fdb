"""Feedback for programs: what people say of flags."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.ingest import feedback_views
from services.ingest.feedback_requests import read_request
from services.ingest.parts import TheParts
from services.ingest.routes.answers import accepts, answer, refusals
from services.ingest.schemas import FeedbackBody, FeedbackList
from shared.web.auth import ReadKey, TriageKey
from shared.web.json_bodies import decode_json

router = APIRouter(tags=["feedback"])
FeedbackId = Annotated[str, Path(description="As the list names it", examples=["f3f2a9c1d4e5b6a70"])]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many")]
Stream = Annotated[str, Query(max_length=128, description="Of this stream only")]
Incident = Annotated[str, Query(max_length=64, description="About this incident only")]
Ended = Annotated[bool, Query(description="Also what has expired or was taken back")]
EXAMPLES = {
    "false_positive": {"incident_id": "i3f2a9c1d4e5b6a70", "verdict": "false_positive", "expires_in": "30d"},
    "wrong_class": {"window_id": "0123456789abcdef0123", "verdict": "wrong_class", "category": "disk_full"},
    "missed": {"stream": "web", "verdict": "missed", "lines": ["upstream reset"], "from": "2026-03-01T12:00:00Z"},
}


@router.post(
    "/api/v1/feedback",
    summary="Say what a flag really is",
    responses={
        200: {"model": FeedbackBody, "description": "It had been said before"},
        201: {"model": FeedbackBody},
        **refusals(404, 413, 422, 429),
    },
    openapi_extra=accepts(application_json=EXAMPLES),
)
async def give(request: Request, parts: TheParts, key: TriageKey) -> Response:
    """A false positive silences its like at once, in its scope. 201 and 200 mean: it is in the append-only file."""
    wanted = read_request(decode_json(await request.body()))
    body, is_new = await parts.threads.run(feedback_views.give, parts, wanted, key)
    return answer(body, 201 if is_new else 200)


@router.get("/api/v1/feedback", summary="Feedback", responses={200: {"model": FeedbackList}, **refusals(422)})
async def listed(
    parts: TheParts, _: ReadKey, limit: Limit = 50, stream: Stream = "", incident: Incident = "", ended: Ended = False
) -> Response:
    """The last given first."""
    return answer(await parts.threads.run(feedback_views.latest, parts, limit, stream, incident, ended))


@router.delete(
    "/api/v1/feedback/{feedback_id}",
    summary="Take feedback back",
    responses={200: {"model": FeedbackBody}, **refusals(404)},
)
async def undo(parts: TheParts, key: TriageKey, feedback_id: FeedbackId) -> Response:
    """One's own, by the key that gave it; with an `admin` key anybody's. Incidents it silenced are open again."""
    return answer(await parts.threads.run(feedback_views.undo, parts, feedback_id, key))
