"""Splunk's HTTP Event Collector: Docker's splunk driver, the Universal Forwarder's kin, Fluent Bit, Vector, loggers.

Docker starts no container unless OPTIONS is answered with exactly 200, and that without a key. An acknowledgement is
asked for by naming a channel; the ids that we give out stand for what is stored already, so all of them are true.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.batch import Batch
from services.ingest.parts import Parts, TheParts
from services.ingest.protocols.hec import NoData, decode_events, decode_raw
from services.ingest.pushing import PushRequest, sized, take
from services.ingest.routes.answers import accepts
from services.ingest.routes.shipping import Shipped, ShipperRoute, add_push, status_of
from shared.errors import BadInput, Forbidden, LoglynxError, Overloaded, Unauthenticated
from shared.web.auth import ShipperKey, read_credentials
from shared.web.json_bodies import decode_json

JSON = "application/json"
ROOT = "/services/collector"
SUCCESS, INVALID_FORMAT = 0, 6
MS_OF_A_DAY = 86_400_000
IDS_PER_MS = 1000  # ids are times and a running number: they do not repeat, and inventions are told from them
_numbers = count()


def hec_answer(text: str, code: int, status: int = 200, **more: Any) -> Response:
    return Response(msgspec.json.encode({"text": text, "code": code, **more}), status, media_type=JSON)


class HecRoute(ShipperRoute):
    """Errors as ``{"text", "code"}``."""

    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        if isinstance(error, Overloaded):
            text, code = ("HEC is unhealthy", 18) if "/health" in request.url.path else ("Server is busy", 9)
            return hec_answer(text, code, error.status)
        if isinstance(error, Unauthenticated):
            if read_credentials(request, in_query=True) is None:
                return hec_answer("Token is required", 2, 401)
            return hec_answer("Invalid token", 4, 403)
        if isinstance(error, Forbidden):
            return hec_answer("Token disabled", 1, 403)
        status = status_of(request, error)
        if isinstance(error, NoData):
            return hec_answer("No data", 5, status)
        return hec_answer(error.title if error.status == 413 else "Invalid data format", INVALID_FORMAT, status)


router = APIRouter(tags=["push"], route_class=HecRoute)


async def events(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """Objects strung together, each with its `event`. Code 0 means: they are in the store's log."""
    asked = asked.with_body(await request.body())
    await take(parts, asked, await sized(parts, asked.body, _events, parts, asked))
    return _taken(request, parts)


async def raw(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """Lines; `source`, `sourcetype`, `host` and `time` of them all in the address."""
    asked = asked.with_body(await request.body())
    await take(parts, asked, await sized(parts, asked.body, _raw, parts, asked, dict(request.query_params)))
    return _taken(request, parts)


def _events(parts: Parts, asked: PushRequest) -> Batch:
    return decode_events(asked.body, parts.now_ms(), parts.settings.max_lines)


def _raw(parts: Parts, asked: PushRequest, said: dict[str, str]) -> Batch:
    return decode_raw(asked.body, said, parts.now_ms(), parts.settings.max_lines)


def channel_of(request: Request) -> str:
    return request.headers.get("x-splunk-request-channel") or request.query_params.get("channel", "")


def _taken(request: Request, parts: Parts) -> Response:
    if not channel_of(request):
        return hec_answer("Success", SUCCESS)
    return hec_answer("Success", SUCCESS, ackId=parts.now_ms() * IDS_PER_MS + next(_numbers) % IDS_PER_MS)


async def ack(request: Request, parts: TheParts, _: ShipperKey) -> Response:
    """`{"acks": [id, …]}`: whether each is stored; ids are given out only for what is."""
    asked = decode_json(await request.body())
    ids = asked.get("acks") if isinstance(asked, dict) else None
    if not isinstance(ids, list):
        raise BadInput
    now_ms = parts.now_ms()
    return Response(
        msgspec.json.encode({"acks": {str(one): may_be_ours(one, now_ms) for one in ids if type(one) is int}}),
        media_type=JSON,
    )


def may_be_ours(ack_id: int, now_ms: int) -> bool:
    """Whether an id was given out within a day, as far as it can tell itself."""
    given_ms = ack_id // IDS_PER_MS
    return now_ms - MS_OF_A_DAY <= given_ms <= now_ms


@router.get(f"{ROOT}/health", summary="Pushes would be accepted, in Splunk's words", response_class=Response)
@router.get(f"{ROOT}/health/1.0", include_in_schema=False)
async def health(parts: TheParts) -> Response:
    """503 together with the pushes."""
    await parts.watermarks.check()
    return hec_answer("HEC is healthy", 17)


async def options() -> Response:
    return Response(headers={"Allow": "OPTIONS, POST, HEAD"})


EVENT = '{"time": 1772366400.123, "source": "shop", "event": "order 17 paid"}{"event": {"message": "order 18 paid"}}'
add_events = partial(add_push, router, response_class=Response)
EVENT_PATHS = [f"{ROOT}/event", ROOT, f"{ROOT}/event/1.0"]
add_events(
    EVENT_PATHS, events, summary="Events, as Splunk takes them", openapi_extra=accepts(text_plain={"events": EVENT})
)
RAW_PATHS = [f"{ROOT}/raw", f"{ROOT}/raw/1.0"]
add_events(
    RAW_PATHS,
    raw,
    summary="Raw lines, as Splunk takes them",
    openapi_extra=accepts(text_plain={"lines": "one\ntwo\n"}),
)
ACK_PATHS = [f"{ROOT}/ack", f"{ROOT}/ack/1.0"]
add_events(
    ACK_PATHS,
    ack,
    has_head=False,
    summary="Which acknowledgements are true",
    openapi_extra=accepts(application_json={"acks": {"acks": [1772366400123000]}}),
)
for path in [*EVENT_PATHS, *RAW_PATHS, *ACK_PATHS]:
    for form in (path, f"{path}/"):
        router.add_api_route(form, options, methods=["OPTIONS"], include_in_schema=False)
