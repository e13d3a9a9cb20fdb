"""POST /api/v1/ingest and /api/v1/detect: lines come in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.job_views import job_body
from services.ingest.parts import Parts, TheParts
from services.ingest.protocols.native import decode_push
from services.ingest.pushing import PushRequest, accepted, decode, preview, sized, take
from services.ingest.routes.answers import accepts, answer, refusals
from services.ingest.routes.jobs import Wait
from services.ingest.schemas import Accepted, JobBody, Preview, Waiting
from services.ingest.sequences import FINAL, submit, wait_for
from shared.web.auth import PushKey

PUSH_BODY = accepts(
    application_json={
        "array": ["2026-03-01 12:00:00 INFO started", "2026-03-01 12:00:01 ERROR 数据库连接失败"],
        "envelope": {"lines": ["Jun 14 15:16:01 combo sshd[19939]: authentication failure"], "stream": "combo"},
        "records": [{"message": "order 17 paid", "level": "info", "timestamp": "2026-03-01T12:00:00Z"}],
    },
    application_x__ndjson={"ndjson": '{"message":"order 17 paid","stream":"shop"}\n{"message":"order 18 paid"}\n'},
    text_plain={"text": "first line\nsecond line\n"},
)
SEQUENCE_BODY = accepts(
    application_json={"lines": {"lines": ["login failed from 1.1.1.1", "sudo reboot"]}},
    text_plain={"text": "login failed from 1.1.1.1\nsudo reboot\n"},
)


async def has_room(parts: TheParts) -> None:
    """Refuse before the body is read when there is no room for it."""
    await parts.watermarks.check()


async def push_request(
    request: Request,
    key: PushKey,
    stream: Annotated[str, Query(description="Stream of lines that name none themselves")] = "",
    x_loglynx_stream: Annotated[str, Header(description="The same, as a header")] = "",
    window: Annotated[str, Query(description="Window rule", examples=["fixed:10", "time:60"])] = "",
    idempotency_key: Annotated[str | None, Header(description="The same push is counted once for 24 h")] = None,
) -> PushRequest:
    """What a push says beside its body."""
    kind = request.headers.get("content-type", "")
    path = request.url.path
    return PushRequest(b"", path, kind, stream or x_loglynx_stream, window, idempotency_key, key.key_id)


router = APIRouter(tags=["push"], dependencies=[])


@router.post(
    "/api/v1/ingest",
    status_code=202,
    summary="Push log lines",
    responses={202: {"model": Accepted}, 200: {"model": Preview}, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=PUSH_BODY,
)
async def ingest(
    request: Request,
    parts: TheParts,
    asked: Annotated[PushRequest, Depends(push_request)],
    _: Annotated[None, Depends(has_room)],
    dry_run: Annotated[bool, Query(description="Show how the lines would be read; store nothing")] = False,
) -> Response:
    """JSON array, `{"lines": [...]}`, NDJSON or text; gzip, deflate or zstd. 202 means: it is in the store's log."""
    asked = asked.with_body(await request.body())
    if dry_run:
        return answer(await parts.threads.run(preview, parts, asked))
    stored = await take(parts, asked, await sized(parts, asked.body, decode, parts, asked))
    return answer(accepted(stored), 202, {"Location": f"/jobs/{stored.job_id}"} if stored.job_id else None)


@router.post(
    "/api/v1/detect",
    summary="Score one self-contained sequence",
    responses={200: {"model": JobBody}, 202: {"model": Waiting}, **refusals(413, 415, 422)},
    openapi_extra=SEQUENCE_BODY,
)
async def detect(
    request: Request, parts: TheParts, _: PushKey, __: Annotated[None, Depends(has_room)], wait: Wait = 0.0
) -> Response:
    """The lines are one window of their own and touch no stream. With `?wait=` the finished job, else 202."""
    job_id = await parts.threads.run(
        _submit_one, parts, await request.body(), request.headers.get("content-type", "")
    )
    view = await wait_for(parts, job_id, wait)
    if view.state in FINAL:
        return answer(job_body(view))
    location = f"/jobs/{job_id}"
    return answer(Waiting(job_id=job_id, state=view.state.value, location=location), 202, {"Location": location})


def _submit_one(parts: Parts, body: bytes, content_type: str) -> str:
    batch = decode_push(body, content_type, parts.now_ms(), parts.settings.max_lines)
    return submit(parts, [batch], body)


@router.head("/api/v1/ingest", include_in_schema=False)
@router.head("/api/v1/detect", include_in_schema=False)
@router.head("/score_log", include_in_schema=False)
async def is_there(_: PushKey) -> Response:
    """Shippers probe with HEAD and want exactly 200."""
    return Response()
