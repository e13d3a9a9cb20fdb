"""GET /openapi.json: the interface, described for programs."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from services.ingest.routes.answers import PROBLEM_SCHEMA
from shared.web.auth import OPEN_PATHS, ReadKey

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key is the password; any user name"},
}

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def document(request: Request, _: ReadKey) -> Response:
    return Response(msgspec.json.encode(openapi_of(request.app)), media_type="application/json")


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="Loglynx",
            version=app.version,
            description="Push logs; get the few lines that matter, explained.",
            routes=app.routes,
        )
        components = made.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        components["securitySchemes"] = SECURITY_SCHEMES
        for path, operations in made["paths"].items():
            for operation in operations.values():
                operation["security"] = [] if path in OPEN_PATHS else [{name: []} for name in SECURITY_SCHEMES]
                operation["responses"].get("422", {}).get("content", {}).pop("application/json", None)
        app.openapi_schema = made
    return app.openapi_schema
