"""Plain HTTP for collectors: Fluent Bit, Fluentd, Vector, syslog-ng, rsyslog, curl.

One path for all forms, and one for each of those who must name something. A body that can never succeed is 422:
syslog-ng and others send what 400 refused again for ever, before anything newer.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.batch import Batch
from services.ingest.parts import Parts, TheParts
from services.ingest.protocols.collectors import decode_collected
from services.ingest.pushing import PushRequest, shown_rejects, sized, take
from services.ingest.routes.answers import accepts, answer
from services.ingest.routes.shipping import Shipped, ShipperRoute, add_push, status_of
from services.ingest.schemas import Collected
from shared.errors import LoglynxError
from shared.web.problems import problem

SYSLOG_HEADERS = {"host": "x-syslog-host", "level": "x-syslog-level"}
SHOWN_REJECTS = 10


class CollectorRoute(ShipperRoute):
    """Errors are problems, as everywhere else here."""

    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        response = problem(error, request.scope.get("state", {}).get("request_id", ""))
        response.status_code = status_of(request, error, bad_body=422)
        return response


router = APIRouter(tags=["push"], route_class=CollectorRoute)


async def collect(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """JSON array, NDJSON, objects strung together, msgpack records, text. 200 means: it is in the store's log."""
    syslog = {name: request.headers.get(header, "") for name, header in SYSLOG_HEADERS.items()}
    asked = asked.with_body(await request.body())
    intake = (await take(parts, asked, await sized(parts, asked.body, _decode, parts, asked, syslog))).intake
    return answer(
        Collected(accepted=intake.lines, rejected=len(intake.rejected), errors=shown_rejects(intake)[:SHOWN_REJECTS])
    )


def _decode(parts: Parts, asked: PushRequest, syslog: dict[str, str]) -> Batch:
    return decode_collected(
        asked.body, asked.content_type, asked.path, asked.stream, syslog, parts.now_ms(), parts.settings.max_lines
    )


add_push(
    router,
    ["/ingest", "/ingest/json", "/ingest/ndjson", "/ingest/text", "/ingest/msgpack"],
    collect,
    methods=("POST", "PUT"),
    responses={200: {"model": Collected}},
    summary="Push, as collectors do over plain HTTP",
    openapi_extra=accepts(
        application_json={"records": [{"date": 1772366400.123456, "log": "order 17 paid", "stream": "shop"}]},
        application_x__ndjson={"ndjson": '{"message":"order 17 paid"}\n{"message":"order 18 paid"}\n'},
        text_plain={"text": "first line\nsecond line\n"},
    ),
)
