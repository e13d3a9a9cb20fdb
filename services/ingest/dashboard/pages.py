"""The pages' routes. A browser logs in with HTTP Basic: the API key is the password.

What is shown was written by whoever writes logs: everything is escaped, nothing but our own style sheet is loaded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.ingest import feedback_views, incident_views
from services.ingest.dashboard.rendering import Pages
from services.ingest.dashboard.words import language_of
from services.ingest.feedback_requests import read_request
from services.ingest.ids import checked_incident_id
from services.ingest.job_views import job_body
from services.ingest.parts import TheParts
from services.ingest.routes.jobs import checked_job_id
from services.ingest.schemas import FlagBody
from services.ingest.sequences import FINAL, wait_for
from shared.core.taxonomy import Category
from shared.errors import JobExpired, LoglynxError, NotFound, Overloaded, Unauthenticated
from shared.telemetry import Refusal, count_refusal
from shared.web.auth import BASIC_CHALLENGE, AdminKey, ReadKey, TriageKey
from shared.web.problems import jittered, reason_for

STYLE = (Path(__file__).parent / "style.css").read_bytes()
REFRESH_S = 10
SHOWN_INCIDENTS = 100
SHOWN_STREAMS = 100
SHOWN_JOBS = 25
MAX_FORM_BYTES = 4096


def pages_of(request: Request) -> Pages:
    """The pages in the reader's language."""
    asked = request.query_params.get("lang", "")
    language = language_of(asked, request.headers.get("accept-language", ""))
    parts = request.app.state.parts
    return Pages(language, is_chosen=bool(asked), now_ms=parts.now_ms(), version=request.app.version)


class PageRoute(APIRoute):
    """Problems of a page are pages too, and a missing key makes the browser ask for it."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def handle_as_page(request: Request) -> Response:
            try:
                return await handle(request)
            except LoglynxError as error:
                return await self.answer(request, error, reason_for(error))

        return handle_as_page

    async def answer(self, request: Request, refused: LoglynxError, reason: Refusal | None) -> Response:
        """``refused`` as a page, counted by ``reason``."""
        if reason is not None or refused.status >= 500:
            count_refusal("ingest", reason or Refusal.INTERNAL)
        response = pages_of(request).problem(refused)
        if isinstance(refused, Unauthenticated):
            response.headers["WWW-Authenticate"] = BASIC_CHALLENGE
        if isinstance(refused, Overloaded):
            response.headers["Retry-After"] = str(jittered(refused.retry_after_s))
        return response


router = APIRouter(route_class=PageRoute, include_in_schema=False)
ThePages = Annotated[Pages, Depends(pages_of)]


@router.get("/")
async def overview(
    request: Request, parts: TheParts, pages: ThePages, _: ReadKey, muted: Annotated[bool, Query()] = False
) -> Response:
    run = parts.threads.run
    incidents, streams = await asyncio.gather(
        run(incident_views.latest, parts, SHOWN_INCIDENTS, muted), run(incident_views.streams, parts, SHOWN_STREAMS)
    )
    totals, drift = await asyncio.gather(run(parts.ledger.totals), run(parts.read_drift))
    return pages.render(
        "overview.html",
        refresh_s=REFRESH_S,
        incidents=incidents.incidents,
        open_incidents=sum(item.state == "open" for item in incidents.incidents),
        streams=streams.streams,
        drifted=[one.stream for one in drift if one.is_proposed][:SHOWN_STREAMS],
        events=totals.get("events", 0),
        pending=max(0, totals.get("events", 0) - totals.get("scored", 0)),
        shows_muted=muted,
        base_url=str(request.base_url),
    )


@router.get("/ui/incidents/{incident_id}")
async def incident(parts: TheParts, pages: ThePages, _: ReadKey, incident_id: str) -> Response:
    body = await parts.threads.run(incident_views.one, parts, incident_id)
    analysis: dict[str, Any] = body.analysis or {}
    return pages.render(
        "incident.html",
        refresh_s=None if analysis else REFRESH_S,
        incident=body,
        analysis=analysis,
        evidence=cited(analysis),
        categories=[category.value for category in Category if category is not Category.BENIGN],
    )


@router.post("/ui/incidents/{incident_id}/mute")
async def mute(request: Request, parts: TheParts, pages: ThePages, _: AdminKey, incident_id: str) -> Response:
    is_muted = (await form_of(request)).get("muted") != "false"
    await parts.threads.run(incident_views.mute, parts, incident_id, is_muted)
    return RedirectResponse(f"/ui/incidents/{checked_incident_id(incident_id)}{pages.keep}", 303)


@router.post("/ui/incidents/{incident_id}/feedback")
async def give_feedback(
    request: Request, parts: TheParts, pages: ThePages, key: TriageKey, incident_id: str
) -> Response:
    """One click: ``verdict``, and beside it ``category`` (wrong_class) and ``note``."""
    form = await form_of(request)
    said = {name: form[name] for name in ("verdict", "note") if form.get(name)}
    if said.get("verdict") == "wrong_class":
        said["category"] = form.get("category", "")
    wanted = read_request({"incident_id": checked_incident_id(incident_id), **said})
    await parts.threads.run(feedback_views.give, parts, wanted, key)
    return RedirectResponse(f"/ui/incidents/{incident_id}{pages.keep}", 303)


@router.post("/ui/feedback/{feedback_id}/undo")
async def undo_feedback(parts: TheParts, pages: ThePages, key: TriageKey, feedback_id: str) -> Response:
    undone = await parts.threads.run(feedback_views.undo, parts, feedback_id, key)
    path = f"/ui/incidents/{undone.incident_id}" if undone.incident_id else "/"
    return RedirectResponse(f"{path}{pages.keep}", 303)


@router.get("/ui/jobs")
async def jobs(
    parts: TheParts, pages: ThePages, _: ReadKey, wanted: Annotated[str, Query(alias="id")] = ""
) -> Response:
    if wanted:
        return RedirectResponse(f"/ui/jobs/{checked_job_id(wanted.strip())}{pages.keep}", 303)
    bodies = []
    for job_id in list(parts.recent_jobs)[-SHOWN_JOBS:][::-1]:
        try:
            bodies.append(job_body(await parts.threads.run(parts.ledger.read_job, job_id, parts.now_ms())))
        except (NotFound, JobExpired):
            continue
    return pages.render("jobs.html", refresh_s=REFRESH_S, jobs=bodies)


@router.get("/ui/jobs/{job_id}")
async def job(parts: TheParts, pages: ThePages, _: ReadKey, job_id: str) -> Response:
    view = await wait_for(parts, checked_job_id(job_id), 0.0)
    refresh_s = None if view.state in FINAL else REFRESH_S
    return pages.render("job.html", refresh_s=refresh_s, job=job_body(view), evidence_of=evidence_of)


@router.get("/ui/style.css")
async def style(_: ReadKey) -> Response:
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; what is beyond MAX_FORM_BYTES is not read."""
    fields = parse_qs((await request.body())[:MAX_FORM_BYTES].decode("utf-8", "replace"))
    return {name: values[0] for name, values in fields.items()}


def cited(analysis: dict[str, Any]) -> set[int]:
    """Line numbers that an analysis gives as evidence."""
    evidence = analysis.get("evidence")
    return {number for number in evidence if isinstance(number, int)} if isinstance(evidence, list) else set()


def evidence_of(flag: FlagBody) -> set[int]:
    """The evidence among a flag's lines, when its incident's analysis is about this flag."""
    incident = flag.incident
    if incident is None or incident.analysed_window not in ("", flag.verdict.window_id):
        return set()
    return cited(incident.analysis or {})
