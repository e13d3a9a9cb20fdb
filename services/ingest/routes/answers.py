"""What all routes share: JSON answers, and the words of the OpenAPI document about bodies and refusals."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from services.ingest.schemas import Problem

TITLES = {
    400: "The request cannot be read",
    401: "No valid API key",
    403: "The key lacks the scope",
    404: "There is no such resource",
    409: "The Idempotency-Key was used with another body",
    410: "The result is no longer kept",
    413: "The body, or what it decompresses to, is too large",
    415: "Unknown Content-Encoding",
    422: "The body or a parameter has the wrong shape; it can never succeed",
    429: "This key has given as much feedback as it may for now",
    503: "Too much work is waiting or the store is away; see Retry-After",
}


def answer(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """``body`` as JSON; infinities leave as null."""
    return Response(body.model_dump_json(), status, headers, "application/json")


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented problems of a route: 401, 403 and 503 always, and ``statuses``."""
    return {
        status: {
            "description": TITLES[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({401, 403, 503, *statuses})
    }


def accepts(is_required: bool = True, **examples: Any) -> dict[str, Any]:
    """The request body of a route as OpenAPI; ``examples`` maps a media type (``_`` for ``/``) to example bodies."""
    content = {}
    for kind, named in examples.items():
        media_type = kind.replace("__", "-").replace("_", "/", 1)
        content[media_type] = {
            "schema": {} if "json" in media_type else {"type": "string"},
            "examples": {name: {"value": value} for name, value in named.items()},
        }
    return {"requestBody": {"required": is_required, "content": content}}


PROBLEM_SCHEMA = Problem.model_json_schema()
