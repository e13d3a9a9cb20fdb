"""What models in the shadow made of live windows, for programs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from services.ingest import shadow_views
from services.ingest.model_schemas import ShadowList
from services.ingest.parts import TheParts
from services.ingest.routes.answers import answer, refusals
from shared.web.auth import ReadKey

router = APIRouter(tags=["models"])


@router.get("/api/v1/shadows", summary="Models in the shadow", responses={200: {"model": ShadowList}, **refusals()})
async def shadows(parts: TheParts, _: ReadKey) -> Response:
    """Reports of models that scored live windows beside the active one, without effect; the last added to first."""
    return answer(await parts.threads.run(shadow_views.reports, parts))
