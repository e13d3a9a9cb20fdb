"""Liveness, readiness, metrics: the only routes that need no key."""

from __future__ import annotations

from contextlib import suppress

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.responses import Response

from services.ingest.parts import TheParts
from services.ingest.routes.answers import refusals
from shared.errors import Overloaded

TOTALS = Gauge("loglynx_ledger_totals", "What all services together have done since the ledger began", ["what"])
DRIFTED = Gauge("loglynx_drift_streams", "Streams with a measure past its bound, at the last look", ["measure"])
DRIFT_MEASURES = ("score_psi", "new_templates", "unknown_tokens", "false_positives", "any")
SHOWN_TOTALS = (
    *("lines", "events", "windows", "flags", "incidents", "failed", "dead"),
    *("silenced", "feedback_given", "feedback_undone", "feedback_expired", "archive_full"),
)
router = APIRouter(tags=["health"])


@router.get("/healthz", summary="The process lives", responses={200: {"content": {"application/json": {}}}})
async def healthz() -> Response:
    """200 as long as the process answers, whatever the store does."""
    return Response('{"status":"ok"}', media_type="application/json")


@router.get("/readyz", summary="Pushes would be accepted", responses={503: refusals()[503]})
async def readyz(parts: TheParts) -> Response:
    """503 together with the pushes: the store is away or too much work waits.

    ``detectors`` tells where the models run, ``analyzers`` what explains and whether its server holds replies to a
    schema. None there is no reason for a 503: pushes wait in the ledger.
    """
    await parts.watermarks.check()
    running = await parts.threads.run(parts.read_detectors, parts.now_ms())
    detectors = [{"provider": d.provider, "device": d.device, "model": d.model} for d in running]
    analyzers = [
        {"engine": a.engine, "model": a.model, "enforces_schema": a.enforces_schema}
        for a in await parts.threads.run(parts.read_analyzers, parts.now_ms())
    ]
    body = msgspec.json.encode({"status": "ready", "detectors": detectors, "analyzers": analyzers})
    return Response(body, media_type="application/json")


@router.get("/metrics", summary="Prometheus metrics", responses={200: {"content": {"text/plain": {}}}})
async def metrics(parts: TheParts) -> Response:
    """Counts and times of this process, and totals of the ledger; no log text and no stream names."""
    with suppress(Overloaded):  # the store is away: its totals stay as they were
        totals = await parts.threads.run(parts.ledger.totals)
        for name in SHOWN_TOTALS:
            TOTALS.labels(what=name).set(totals.get(name, 0))
        found = await parts.threads.run(parts.read_drift)
        for measure in DRIFT_MEASURES:
            DRIFTED.labels(measure=measure).set(sum(measure in (*d.past, "any" if d.past else "") for d in found))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
