"""Elasticsearch's bulk API: Filebeat, Logstash, Vector, Fluent Bit, syslog-ng, rsyslog, loggers of many languages.

Every action gets its item, in order: clients take a missing item for a delivered one. Documents are written to the
store together, so either all items but the unreadable ones succeed or the whole request is refused; only rsyslog,
which looks at nothing but items, is then told 429 for each.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.batch import RejectReason
from services.ingest.parts import TheParts
from services.ingest.protocols.elastic import Action, Bulk, count_actions, decode_bulk
from services.ingest.pushing import Stored, sized, take
from services.ingest.routes.answers import accepts
from services.ingest.routes.shipping import Shipped, ShipperRoute, add_push, status_of, text_of
from shared.errors import BadInput, LoglynxError, Overloaded

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}  # clients refuse to talk to anything that does not say so
JSON = "application/json"
ERROR_TYPES = {401: "security_exception", 403: "security_exception", 503: "es_rejected_execution_exception"}
RSYSLOG_PAUSE_S = 1.0  # it sends again at once, a thousand times a second if nobody holds it
DONE = {
    "index": ("created", 201),
    "create": ("created", 201),
    "update": ("updated", 200),
    "delete": ("not_found", 404),
}
UNREADABLE = {"type": "document_parsing_exception", "reason": "The document cannot be taken"}
BUSY = {"type": "es_rejected_execution_exception", "reason": "Too much work is waiting; try again later"}


def elastic_error(status: int, reason: str) -> dict[str, Any]:
    """The body of an error."""
    error = {"type": ERROR_TYPES.get(status, "illegal_argument_exception"), "reason": reason}
    return {"error": {"root_cause": [error], **error}, "status": status}


def in_product(body: object, status: int = 200) -> Response:
    """``body`` as JSON, with the header that marks the product."""
    return Response(msgspec.json.encode(body), status, PRODUCT, JSON)


def is_rsyslog(request: Request) -> bool:
    """omelasticsearch gives itself away by what it sends and by what it leaves out."""
    kind = request.headers.get("content-type", "").replace(" ", "").lower()
    return "user-agent" not in request.headers and kind == "application/json;charset=utf-8"


class ElasticRoute(ShipperRoute):
    """Errors as Elasticsearch words them. A body that can never succeed is 422: many send a 400 again for ever."""

    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        if isinstance(error, Overloaded) and request.url.path.rstrip("/").endswith("/_bulk") and is_rsyslog(request):
            try:
                count = count_actions(await request.body())
            except BadInput as unreadable:
                error, count = unreadable, 0
            if count:
                await asyncio.sleep(RSYSLOG_PAUSE_S)
                item = {"index": {"_index": "", "_id": "", "status": 429, "error": BUSY}}
                return in_product({"took": 0, "errors": True, "items": [item] * count})
        status = status_of(request, error, bad_body=422)
        return in_product(elastic_error(status, text_of(error)), status)


router = APIRouter(tags=["push"], route_class=ElasticRoute)


async def bulk(request: Request, parts: TheParts, asked: Shipped, index: str = "") -> Response:
    """Pairs of an action line and a document line. 200 and an item without error means: it is in the store's log."""
    asked = asked.with_body(await request.body())
    started_ms = parts.now_ms()
    decoded = await sized(parts, asked.body, decode_bulk, asked.body, index, started_ms, parts.settings.max_lines)
    stored = await take(parts, asked, decoded.batch)
    took_ms = parts.now_ms() - started_ms
    return Response(await sized(parts, asked.body, bulk_answer, decoded, stored, took_ms), 200, PRODUCT, JSON)


def bulk_answer(decoded: Bulk, stored: Stored, took_ms: int) -> bytes:
    """One item per action. Documents without text count as taken: there is nothing that sending again could mend."""
    job_id = stored.job_id or "none"
    unreadable = {item.index for item in stored.intake.rejected if item.reason is not RejectReason.EMPTY}
    items = [
        _item(action, action.doc_id or f"{job_id}-{position}", position in unreadable)
        for position, action in enumerate(decoded.actions)
    ]
    return msgspec.json.encode({"took": max(took_ms, 0), "errors": bool(unreadable), "items": items})


def _item(action: Action, doc_id: str, is_unreadable: bool) -> dict[str, Any]:
    if is_unreadable:
        return {action.kind: {"_index": action.index_name, "_id": doc_id, "status": 400, "error": UNREADABLE}}
    result, status = DONE[action.kind]
    return {
        action.kind: {"_index": action.index_name, "_id": doc_id, "_version": 1, "result": result, "status": status}
    }


add_bulk = partial(
    add_push,
    router,
    endpoint=bulk,
    methods=("POST", "PUT"),
    response_class=Response,
    openapi_extra=accepts(
        application_x__ndjson={"bulk": '{"create":{"_index":"logs"}}\n{"message":"order 17 paid"}\n'}
    ),
)
add_bulk(paths=["/_bulk"], summary="Documents in bulk, as Elasticsearch takes them")
add_bulk(paths=["/{index}/_bulk"], summary="The same, with an index for actions that name none")
