"""Errors as RFC 9457 ``application/problem+json``: small, stable, and free of anything that the client sent.

In: any exception that a route raised. Out: ``{type, title, status, code, request_id}`` and, only where the raiser
marked a text as safe to show with ``PublicDetail``, ``detail``. Every refusal is counted by reason.
Exceptions that nobody planned become 500 ``internal``, logged with their traceback.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus

import msgspec
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from shared.errors import (
    BadInput,
    BodyTooLarge,
    Forbidden,
    IdempotencyConflict,
    LoglynxError,
    Overloaded,
    QuotaExceeded,
    StoreUnavailable,
    Unauthenticated,
    UnprocessableBody,
    UnsupportedEncoding,
)
from shared.telemetry import Refusal, count_refusal

KNOWN_STATUSES = frozenset(int(status) for status in HTTPStatus)
MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()

# Looked up along the class's ancestors, nearest first.
REASONS: dict[type[LoglynxError], Refusal] = {
    BodyTooLarge: Refusal.BODY_TOO_LARGE,
    UnsupportedEncoding: Refusal.BAD_ENCODING,
    UnprocessableBody: Refusal.BAD_BODY,
    BadInput: Refusal.BAD_BODY,
    Unauthenticated: Refusal.UNAUTHENTICATED,
    Forbidden: Refusal.FORBIDDEN,
    IdempotencyConflict: Refusal.IDEMPOTENCY_CONFLICT,
    QuotaExceeded: Refusal.QUOTA_EXCEEDED,
    StoreUnavailable: Refusal.STORE_UNAVAILABLE,
    Overloaded: Refusal.OVERLOADED,
}


class PublicDetail(str):
    """A detail that may be shown to the client: written in our source, never built from input."""

    __slots__ = ()


def problem(error: LoglynxError, request_id: str = "") -> Response:
    """The response for ``error``; at most a few hundred bytes."""
    body: dict[str, object] = {
        "type": f"urn:loglynx:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "request_id": request_id,
    }
    if isinstance(error.detail, PublicDetail):
        body["detail"] = str(error.detail)
    return Response(msgspec.json.encode(body), error.status, headers_for(error), MEDIA_TYPE)


def headers_for(error: LoglynxError) -> dict[str, str]:
    """What every answer to ``error`` carries, whatever its body."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(jittered(error.retry_after_s))
    if error.status in (408, 413):
        headers["Connection"] = "close"  # the rest of the body is not worth reading, or never comes
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="loglynx"'
    return headers


def jittered(seconds: int) -> int:
    """Whole seconds in [0.4 s, 2 s] of ``seconds``, at least 1: refused shippers must not come back in step."""
    low = max(1, round(seconds * 0.4))
    return low + secrets.randbelow(max(1, 2 * seconds - low + 1))


def from_http_exception(error: HTTPException) -> LoglynxError:
    """Starlette's own 404, 405 and the like as one of ours; its text is dropped."""
    plain = LoglynxError()
    plain.status = error.status_code if error.status_code in KNOWN_STATUSES else 500
    phrase = HTTPStatus(plain.status).phrase
    plain.code, plain.title = phrase.lower().replace(" ", "_").replace("-", "_"), phrase
    return plain


def reason_for(error: LoglynxError) -> Refusal | None:
    """The counter's reason; None for answers that refuse nothing, such as an unknown job."""
    return next((REASONS[kind] for kind in type(error).__mro__ if kind in REASONS), None)


def install(app: FastAPI, service: str) -> None:
    """Make every exception of ``app`` a problem, counted under ``service``."""

    def answer(request: Request, error: LoglynxError) -> Response:
        reason = reason_for(error)
        if reason is not None:
            count_refusal(service, reason)
        elif error.status >= 500:
            count_refusal(service, Refusal.INTERNAL)
            log.error("request_failed", code=error.code)
        return problem(error, request.scope.get("state", {}).get("request_id", ""))

    async def on_loglynx(request: Request, error: Exception) -> Response:
        assert isinstance(error, LoglynxError)
        return answer(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = answer(request, from_http_exception(error))
        if error.headers and "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response

    async def on_validation(request: Request, _: Exception) -> Response:
        return answer(request, UnprocessableBody(PublicDetail("A parameter has the wrong type or is out of range")))

    async def on_disconnect(_: Request, __: Exception) -> Response:
        return Response(status_code=400)  # nobody is left to read it

    app.add_exception_handler(LoglynxError, on_loglynx)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
