"""systemd-journal-upload, which every Debian has: the journal in its export format, in a body that may never end.

What has come is stored cut by cut while the rest is on its way, so that neither a journal of gigabytes nor one that
is written faster than it is sent meets a limit. The client notes its cursor when the whole upload is answered,
and sends everything since the last noted one again otherwise; cuts that are stored already are known for 24 hours.
"""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.ingest.intake import body_digest
from services.ingest.parts import Parts, TheParts
from services.ingest.protocols.journal_export import Cut, JournalReader
from services.ingest.pushing import PushRequest, store
from services.ingest.routes.answers import accepts
from services.ingest.routes.pushes import has_room
from services.ingest.routes.shipping import Shipped, ShipperRoute, add_push, status_of, text_of
from shared.errors import LoglynxError
from shared.web.limits import IS_STREAMED

STEP_BYTES = 1 << 18


class JournalRoute(ShipperRoute):
    """Errors are a line of plain text."""

    @staticmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        return PlainTextResponse(f"{text_of(error)}\n", status_of(request, error))


router = APIRouter(tags=["push"], route_class=JournalRoute)


async def upload(request: Request, parts: TheParts, asked: Shipped) -> Response:
    """Entries in the journal's export format. 202 means: all of them are in the store's log."""
    request.scope[IS_STREAMED] = "content-encoding" not in request.headers
    reader = JournalReader(parts.now_ms())
    waiting = bytearray()
    async for piece in request.stream():
        waiting += piece
        if len(waiting) >= STEP_BYTES:
            await parts.threads.run(_take, parts, asked, reader, bytes(waiting))
            waiting.clear()
            await has_room(parts)
    await parts.threads.run(_take, parts, asked, reader, bytes(waiting), True)
    return PlainTextResponse("OK.\n", 202)


def _take(parts: Parts, asked: PushRequest, reader: JournalReader, data: bytes, is_last: bool = False) -> None:
    for cut in (*reader.feed(data), *(reader.end() if is_last else ())):
        _store(parts, asked, cut)


def _store(parts: Parts, asked: PushRequest, cut: Cut) -> None:
    key = f"journal {body_digest(cut.digest, asked.stream, asked.rule)}"
    store(parts, replace(asked, body=cut.digest, idempotency_key=key), cut.batch)


EXAMPLE = (
    "__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1772366400000000\nPRIORITY=6\n"
    "SYSLOG_IDENTIFIER=shop\nMESSAGE=order 17 paid\n\n"
)
add_push(
    router,
    ["/upload"],
    upload,
    status_code=202,
    response_class=Response,
    summary="The journal, as systemd-journal-upload sends it",
    openapi_extra=accepts(text_plain={"journal": EXAMPLE}),
)
