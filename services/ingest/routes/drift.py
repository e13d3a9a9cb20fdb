"""How far streams have moved, for programs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.ingest import drift_views
from services.ingest.model_schemas import DriftList
from services.ingest.parts import TheParts
from services.ingest.routes.answers import answer, refusals
from shared.web.auth import ReadKey

router = APIRouter(tags=["models"])


@router.get("/api/v1/drift", summary="Drift of streams", responses={200: {"model": DriftList}, **refusals()})
async def drift(parts: TheParts, _: ReadKey) -> Response:
    """What was last measured of each stream, and for which a retraining is proposed; nothing is done by it."""
    return answer(await parts.threads.run(drift_views.measured, parts))
