"""What shippers' endpoints share: refusals in the words of their protocol, and what a push says beside its body.

A route class per protocol says how an error looks there. Shippers retry what they are told to retry, so the status is
part of the contract: 503 with Retry-After is the one code that all of them retry, an unplanned error included, for
many drop on 500. What can never succeed is 422 for syslog-ng, which sends a 400 or 413 again for ever.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from services.ingest.parts import TheParts
from services.ingest.pushing import PushRequest
from services.ingest.routes.answers import TITLES
from services.ingest.routes.pushes import has_room
from shared.errors import BadInput, LoglynxError, Overloaded, UnprocessableBody
from shared.telemetry import Refusal, count_refusal
from shared.web.auth import ShipperKey
from shared.web.limits import BodyTooSlow
from shared.web.problems import PublicDetail, headers_for, reason_for

log = structlog.get_logger()


class ShipperRoute(APIRoute):
    """Base of the protocols' route classes."""

    @staticmethod
    @abstractmethod
    async def refuse(request: Request, error: LoglynxError) -> Response:
        """``error`` as the protocol says it; the headers that belong to it are added afterwards."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def handle_in_protocol(request: Request) -> Response:
            try:
                return await handle(request)
            except LoglynxError as error:
                refused, reason = error, reason_for(error)
                if isinstance(error, BodyTooSlow):  # many clients drop what a 408 refused
                    refused = Overloaded()
            except RequestValidationError:
                refused, reason = UnprocessableBody(), Refusal.BAD_BODY
            except ClientDisconnect:
                raise
            except Exception:
                log.exception("unplanned_error", method=request.method, route=self.path)
                refused, reason = Overloaded(), Refusal.INTERNAL
            return await self.answer(request, refused, reason)

        return handle_in_protocol

    async def answer(self, request: Request, refused: LoglynxError, reason: Refusal | None) -> Response:
        """``refused`` in the protocol's words, counted by ``reason``."""
        if reason is not None:
            count_refusal("ingest", reason)
        response = await self.refuse(request, refused)
        response.headers.update({**headers_for(refused), **response.headers})
        return response


def status_of(request: Request, error: LoglynxError, bad_body: int = 400) -> int:
    """The status that makes this client do what is right; ``bad_body`` is the protocol's for an unreadable body."""
    if isinstance(error, BadInput):
        if "syslog-ng" in request.headers.get("user-agent", ""):
            return 422
        return bad_body if error.status in (400, 422) else error.status
    return error.status


def text_of(error: LoglynxError) -> str:
    """What may be said about ``error``; never what was sent."""
    return f"{error.title}: {error.detail}" if isinstance(error.detail, PublicDetail) else error.title


async def shipper_push(request: Request, key: ShipperKey, parts: TheParts) -> PushRequest:
    """What a shipper's push says beside its body. Refused before the body is read where there is no room for it."""
    await has_room(parts)
    headers, query = request.headers, request.query_params
    return PushRequest(
        body=b"",
        path=request.url.path.rstrip("/"),
        content_type=headers.get("content-type", ""),
        stream=query.get("stream") or headers.get("x-loglynx-stream", ""),
        rule=query.get("window", ""),
        idempotency_key=headers.get("idempotency-key"),
        owner=key.key_id,
    )


# Their bodies are the protocols' own
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": TITLES[status]} for status in (400, 401, 403, 413, 415, 422, 503)
}
Shipped = Annotated[PushRequest, Depends(shipper_push)]


async def is_there(_: ShipperKey) -> Response:
    """Shippers probe their endpoint with HEAD and want exactly 200."""
    return Response()


def add_push(
    router: APIRouter,
    paths: Iterable[str],
    endpoint: Callable[..., Awaitable[Response]],
    methods: Iterable[str] = ("POST",),
    has_head: bool = True,
    is_in_schema: bool = True,
    **options: Any,
) -> None:
    """Register ``endpoint`` under each path, with and without a final slash: shippers do not follow redirects.

    Only the first path enters the OpenAPI document, with the refusals that are common to all.
    """
    options["responses"] = {**REFUSALS, **options.get("responses", {})}
    for position, path in enumerate(paths):
        for form in (path, f"{path}/"):
            is_shown = is_in_schema and position == 0 and form == path
            for method in methods:  # a route each: their operations need names of their own
                router.add_api_route(form, endpoint, methods=[method], include_in_schema=is_shown, **options)
            if has_head:
                router.add_api_route(form, is_there, methods=["HEAD"], include_in_schema=False)
