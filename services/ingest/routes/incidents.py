"""Incidents and streams for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from services.ingest import incident_views
from services.ingest.parts import TheParts
from services.ingest.routes.answers import accepts, answer, refusals
from services.ingest.schemas import IncidentBody, IncidentList, StreamList
from shared.errors import UnprocessableBody
from shared.web.auth import AdminKey, ReadKey
from shared.web.json_bodies import decode_json
from shared.web.problems import PublicDetail

router = APIRouter(tags=["incidents"])
IncidentId = Annotated[str, Path(description="As the list names it", examples=["i3f2a9c1d4e5b6a70"])]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many")]
Muted = Annotated[bool, Query(description="Muted ones too")]


@router.get("/api/v1/incidents", summary="Incidents", responses={200: {"model": IncidentList}, **refusals(422)})
async def incidents(parts: TheParts, _: ReadKey, limit: Limit = 50, muted: Muted = False) -> Response:
    """The last seen first. Flags that belong together are one incident."""
    return answer(await parts.threads.run(incident_views.latest, parts, limit, muted))


@router.get(
    "/api/v1/incidents/{incident_id}",
    summary="An incident",
    responses={200: {"model": IncidentBody}, **refusals(404)},
)
async def incident(parts: TheParts, _: ReadKey, incident_id: IncidentId) -> Response:
    """With its analysis and the log lines of its most recent windows; evidence cites their numbers."""
    return answer(await parts.threads.run(incident_views.one, parts, incident_id))


@router.post(
    "/api/v1/incidents/{incident_id}/mute",
    summary="Mute an incident",
    responses={200: {"model": IncidentBody}, **refusals(404, 413, 422)},
    openapi_extra=accepts(is_required=False, application_json={"mute": {"muted": True}, "undo": {"muted": False}}),
)
async def mute(request: Request, parts: TheParts, _: AdminKey, incident_id: IncidentId) -> Response:
    """Say that it is not an anomaly: it is hidden and its later flags do not alert. `{"muted": false}` undoes it."""
    is_muted = _wanted(await request.body())
    await parts.threads.run(incident_views.mute, parts, incident_id, is_muted)
    return answer(await parts.threads.run(incident_views.one, parts, incident_id))


@router.get("/api/v1/streams", summary="Streams", responses={200: {"model": StreamList}, **refusals(422)})
async def streams(parts: TheParts, _: ReadKey, limit: Limit = 100) -> Response:
    """The last to receive a push first, with how far each has learnt what is normal."""
    return answer(await parts.threads.run(incident_views.streams, parts, limit))


def _wanted(body: bytes) -> bool:
    """``{"muted": true|false}``; an empty body means true."""
    value = decode_json(body) if body.strip() else {}
    is_muted = value.get("muted", True) if isinstance(value, dict) else None
    if not isinstance(is_muted, bool):
        raise UnprocessableBody(PublicDetail('{"muted": true} or {"muted": false} is expected'))
    return is_muted
