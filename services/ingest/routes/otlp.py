"""OpenTelemetry's logs over HTTP: the Collector, Alloy, Fluent Bit's opentelemetry output, SDKs of every language.

Answers are messages in the form of the request. Clients retry 429, 502, 503 and 504 alone and drop on the rest.
"""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.parts import TheParts
from services.ingest.protocols.otlp import decode_otlp, is_json
from services.ingest.protocols.wire_messages import otlp
from services.ingest.pushing import sized, take
from services.ingest.routes.answers import accepts
from services.ingest.routes.shipping import Shipped, ShipperRoute, add_push, status_of, text_of
from shared.errors import LoglynxError

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
# google.rpc.Code: what an HTTP status is called there
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 409: 6, 413: 8, 415: 3, 422: 3, 503: 14}
UNKNOWN = 2


class OtlpRoute(ShipperRoute):
    """Errors are a ``google.rpc.Status``."""

    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        code, text = CODES.get(error.status, UNKNOWN), text_of(error)
        if "json" in request.headers.get("content-type", ""):
            body, kind = msgspec.json.encode({"code": code, "message": text}), JSON
        else:
            body, kind = otlp["Status"](code=code, message=text.encode()).SerializeToString(), PROTOBUF
        return Response(body, status_of(request, error), media_type=kind)


router = APIRouter(tags=["push"], route_class=OtlpRoute)


async def export(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """An ExportLogsServiceRequest as protobuf or JSON. 200 means: it is in the store's log."""
    asked = asked.with_body(await request.body())
    batch = await sized(parts, asked.body, decode_otlp, asked.body, asked.content_type, parts.settings.max_lines)
    rejected = len((await take(parts, asked, batch)).intake.rejected)
    is_in_json = "json" in asked.content_type or (
        "protobuf" not in asked.content_type and is_json(asked.body, asked.content_type)
    )
    return Response(_answer(rejected, is_in_json), media_type=JSON if is_in_json else PROTOBUF)


def _answer(rejected: int, is_in_json: bool) -> bytes:
    """An ExportLogsServiceResponse; its partial success is left out when every record was taken."""
    message = f"{rejected} log records had no text that could be read"
    if is_in_json:
        partial = {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": message}}
        return msgspec.json.encode(partial if rejected else {})
    response = otlp["LogsResponse"]()
    if rejected:
        response.partial_success.rejected_log_records = rejected
        response.partial_success.error_message = message.encode()
    answer: bytes = response.SerializeToString()
    return answer


EXAMPLE: Any = {
    "resourceLogs": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeLogs": [
                {"logRecords": [{"timeUnixNano": "1772366400000000000", "body": {"stringValue": "order 17 paid"}}]}
            ],
        }
    ]
}
add_push(
    router,
    ["/v1/logs", "/otlp/v1/logs"],
    export,
    response_class=Response,
    summary="Export logs, as OpenTelemetry does over HTTP",
    openapi_extra=accepts(application_json={"export": EXAMPLE}),
)
