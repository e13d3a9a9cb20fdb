"""Datadog's log intake: its agent, its API clients, Fluent Bit's datadog output, Vector.

The agent asks ``/api/v1/validate`` before it sends, and pushes ``{}`` to see whether anybody is there.
"""

from __future__ import annotations

from functools import partial

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.batch import Batch
from services.ingest.parts import Parts, TheParts
from services.ingest.protocols.datadog import decode_datadog
from services.ingest.pushing import PushRequest, sized, take
from services.ingest.routes.answers import accepts
from services.ingest.routes.shipping import REFUSALS, Shipped, ShipperRoute, add_push, status_of, text_of
from shared.errors import LoglynxError, Unauthenticated
from shared.web.auth import ShipperKey, read_credentials

JSON = "application/json"
V1, V2 = "/v1/input", "/api/v2/logs"


class DatadogRoute(ShipperRoute):
    """Errors as ``{"errors": [...]}``; a wrong key is 403, for the agent takes 401 for a missing one."""

    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        status = status_of(request, error)
        if isinstance(error, Unauthenticated) and read_credentials(request, in_query=True) is not None:
            status = 403
        said = {"status": str(status), "title": error.title, "detail": text_of(error)}
        return Response(msgspec.json.encode({"errors": [said]}), status, media_type=JSON)


router = APIRouter(tags=["push"], route_class=DatadogRoute)


async def push(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """An array of records, or one. 202 means: they are in the store's log."""
    return await _push(request, parts, asked, 202)


async def push_v1(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """The same for older clients, who may name the key in the path; text has a line for each record."""
    return await _push(request, parts, asked, 200)


async def _push(request: Request, parts: Parts, asked: PushRequest, status: int) -> Response:
    asked = asked.with_body(await request.body())
    await take(parts, asked, await sized(parts, asked.body, _decode, parts, asked, dict(request.query_params)))
    return Response(b"{}", status, media_type=JSON)


def _decode(parts: Parts, asked: PushRequest, said: dict[str, str]) -> Batch:
    return decode_datadog(asked.body, asked.content_type, said, parts.now_ms(), parts.settings.max_lines)


@router.get("/api/v1/validate", summary="The key may push", response_class=Response, responses=REFUSALS)
async def validate(_: ShipperKey) -> Response:
    """What Datadog's agent asks first."""
    return Response(b'{"valid":true}', media_type=JSON)


RECORD = {"ddsource": "nginx", "service": "shop", "ddtags": "env:prod", "status": "info", "message": "order 17 paid"}
add_logs = partial(add_push, router, openapi_extra=accepts(application_json={"records": [RECORD]}))
add_logs([V2], push, status_code=202, response_class=Response, summary="Records, as Datadog takes them")
add_logs([V1], push_v1, response_class=Response, summary="The same, as older clients send them")
add_push(router, [f"{V1}/{{api_key}}"], push_v1, is_in_schema=False, response_class=Response)
