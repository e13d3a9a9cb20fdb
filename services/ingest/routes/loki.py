"""Loki's push API: Promtail, Alloy, Fluent Bit's loki output, Docker's loki driver, loggers of many languages."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.ingest.batch import Batch
from services.ingest.parts import Parts, TheParts
from services.ingest.protocols.loki import decode_loki, implied_encoding
from services.ingest.pushing import PushRequest, sized, take
from services.ingest.routes.answers import accepts
from services.ingest.routes.shipping import Shipped, ShipperRoute, add_push, status_of, text_of
from shared.errors import LoglynxError
from shared.web.limits import IMPLIED_ENCODING


class LokiRoute(ShipperRoute):
    """Errors are a line of plain text."""

    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        return PlainTextResponse(f"{text_of(error)}\n", status_of(request, error))


router = APIRouter(tags=["push"], route_class=LokiRoute)


async def push(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """Streams as JSON or as a snappy-compressed protobuf message. 204 means: it is in the store's log."""
    request.scope[IMPLIED_ENCODING] = partial(implied_encoding, asked.content_type)
    asked = asked.with_body(await request.body())
    await take(parts, asked, await sized(parts, asked.body, _decode, parts, asked))
    return Response(status_code=204)


def _decode(parts: Parts, asked: PushRequest) -> Batch:
    return decode_loki(asked.body, asked.content_type, parts.now_ms(), parts.settings.max_lines)


EXAMPLE = {"streams": [{"stream": {"app": "shop"}, "values": [["1772366400000000000", "order 17 paid"]]}]}
add_push(
    router,
    ["/loki/api/v1/push", "/api/prom/push"],
    push,
    status_code=204,
    response_class=Response,
    summary="Push, as Loki takes it",
    openapi_extra=accepts(application_json={"streams": EXAMPLE}),
)


@router.get("/ready", include_in_schema=False)
@router.head("/ready", include_in_schema=False)
async def ready(parts: TheParts) -> Response:
    """503 together with the pushes."""
    await parts.watermarks.check()
    return PlainTextResponse("ready\n")
