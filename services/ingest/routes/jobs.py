"""GET /jobs/{id}: what became of a push."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from services.ingest.job_views import job_body
from services.ingest.parts import TheParts
from services.ingest.routes.answers import answer, refusals
from services.ingest.schemas import JobBody
from services.ingest.sequences import wait_for
from shared.errors import JobUnknown
from shared.web.auth import ReadKey

MAX_ID_CHARS = 64

router = APIRouter(tags=["jobs"])
Wait = Annotated[
    float, Query(ge=0, allow_inf_nan=False, description="Seconds to wait for the end, 30 at most", examples=[10])
]
JobId = Annotated[str, Path(description="As the push answered", examples=["j01k9x3c5e6f7g8h9"])]


@router.get("/jobs/{job_id}", summary="A job", responses={200: {"model": JobBody}, **refusals(404, 410, 422)})
@router.get("/api/v1/jobs/{job_id}", summary="A job", responses={200: {"model": JobBody}, **refusals(404, 410, 422)})
async def job(parts: TheParts, _: ReadKey, job_id: JobId, wait: Wait = 0.0) -> Response:
    """State `queued`, `scoring`, `analyzing`, `done` or `failed`, with flags and their incidents."""
    return answer(job_body(await wait_for(parts, checked_job_id(job_id), wait)))


def checked_job_id(text: str) -> str:
    """``text`` if it may be a job's id. Raises JobUnknown, and nothing else ever reaches the store."""
    if not (0 < len(text) <= MAX_ID_CHARS and text.isascii() and text.isalnum() and text == text.lower()):
        raise JobUnknown
    return text
