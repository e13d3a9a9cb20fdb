"""The endpoints of the projects that Loglynx grew out of: synchronous, small, with their own field names.

They wait for the verdict within bounds; when it takes longer they answer 202 with the job.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.parts import Parts, TheParts
from services.ingest.routes.answers import accepts, answer, refusals
from services.ingest.routes.pushes import has_room
from services.ingest.schemas import BatchScores, Score, ScoredLog, Tokens, Waiting
from services.ingest.score_requests import ScoreRequest, read_score_request, read_text
from services.ingest.sequences import SETTLED, scores, submit, wait_for
from shared.store.jobs import JobView
from shared.web.auth import PushKey

router = APIRouter(tags=["scoring"])
MaxWait = Annotated[
    float | None, Query(ge=0, allow_inf_nan=False, description="Seconds to wait for the verdict; 10 by default")
]
Room = Annotated[None, Depends(has_room)]
Responses = dict[int | str, dict[str, Any]]
ONE: Responses = {200: {"model": Score}, 202: {"model": Waiting}, **refusals(400, 413, 415, 422)}
MANY: Responses = {200: {"model": BatchScores}, 202: {"model": Waiting}, **refusals(400, 413, 415, 422)}


@router.post(
    "/score_log",
    summary="Score one log or one sequence",
    responses=ONE,
    openapi_extra=accepts(
        application_json={
            "sequence": {"log_seq": ["login failed from 1.1.1.1", "sudo reboot"]},
            "log": {"log": "admin login failed from 1.2.3.4"},
        }
    ),
)
async def score_log(request: Request, parts: TheParts, _: PushKey, __: Room, wait: MaxWait = None) -> Response:
    """`{"log_seq": [...]}` or `{"log": "..."}`, with an optional `threshold` between 0 and 1."""
    return await _score_one(request, parts, wait)


@router.post(
    "/api/anomaly/detect",
    summary="Score one log",
    responses=ONE,
    openapi_extra=accepts(
        application_json={"log": {"log_text": "2023-10-10 08:02:30.123 INFO DFSClient: read block"}}
    ),
)
async def detect_one(request: Request, parts: TheParts, _: PushKey, __: Room, wait: MaxWait = None) -> Response:
    """`{"log_text": "..."}`, with an optional `threshold` between 0 and 1."""
    return await _score_one(request, parts, wait)


@router.post(
    "/api/anomaly/batch_detect",
    summary="Score many logs, each by itself",
    responses=MANY,
    openapi_extra=accepts(
        application_json={"logs": {"log_texts": ["disk full on /dev/sda1", "user alice logged in"]}}
    ),
)
async def detect_many(request: Request, parts: TheParts, _: PushKey, __: Room, wait: MaxWait = None) -> Response:
    """`{"log_texts": [...]}` or `{"logs": [...]}`, with an optional `threshold`; results in the same order."""
    asked, view = await _scored(request, parts, wait, is_batch=True)
    found = scores(view, len(asked.sequences))
    if view.state not in SETTLED:
        return _not_yet(view)
    results = [ScoredLog(index=index, **asked.judged(pair)) for index, pair in enumerate(found)]
    anomalies = sum(result.is_anomaly for result in results)
    return answer(BatchScores(results=results, count=len(results), anomalies=anomalies))


@router.post(
    "/api/anomaly/tokenize",
    summary="The tokens that the model sees",
    responses={200: {"model": Tokens}, **refusals(400, 404, 413, 415, 422)},
    openapi_extra=accepts(application_json={"log": {"log_text": "admin login failed from 192.168.1.1"}}),
)
async def tokenize(request: Request, parts: TheParts, _: PushKey) -> Response:
    """Timestamp and level are left out and variables masked, as for scoring."""
    text = read_text(await request.body(), parts.settings.max_line_chars)
    return answer(Tokens(tokens=await parts.threads.run(parts.tokenizer.tokens, text, parts.now_ms())))


async def _score_one(request: Request, parts: Parts, wait: float | None) -> Response:
    asked, view = await _scored(request, parts, wait, is_batch=False)
    found = scores(view, 1)[0]
    if view.state not in SETTLED or found is None:
        return _not_yet(view)
    return answer(Score(**asked.judged(found)))


async def _scored(request: Request, parts: Parts, wait: float | None, is_batch: bool) -> tuple[ScoreRequest, JobView]:
    body = await request.body()
    asked = await parts.threads.run(read_score_request, body, is_batch)
    job_id = await parts.threads.run(submit, parts, asked.sequences, body)
    wait_s = parts.settings.score_wait_s if wait is None else wait
    return asked, await wait_for(parts, job_id, wait_s, SETTLED)


def _not_yet(view: JobView) -> Response:
    location = f"/jobs/{view.job_id}"
    body = Waiting(job_id=view.job_id, state=view.state.value, location=location)
    return answer(body, 202, {"Location": location})
