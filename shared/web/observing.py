"""Outermost ASGI layer: a request id, one count and duration per request, safe headers, and no naked exception.

An exception that no handler knows is logged with its traceback, counted as ``internal`` and answered with a 500
problem (or the connection ends, when the answer had begun). Route *templates* label the metrics, never paths.
"""

from __future__ import annotations

import time
import uuid

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import LoglynxError
from shared.telemetry import Refusal, count_refusal
from shared.web.problems import problem, reason_for

REQUESTS = Counter("loglynx_http_requests_total", "Answered requests", ["service", "route", "status"])
SECONDS = Histogram("loglynx_http_request_seconds", "Time from request to last byte", ["service", "route"])
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
log = structlog.get_logger()


class Observe:
    """Pure ASGI middleware; wraps the whole application."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_observed)
            except LoglynxError as error:
                count_refusal(self.service, reason_for(error) or Refusal.INTERNAL)
                await problem(error, request_id)(scope, receive, send_observed)
            except Exception:
                count_refusal(self.service, Refusal.INTERNAL)
                log.exception("unplanned_error", method=scope["method"])
                if status:
                    raise  # the answer had begun: only the connection's end can tell
                await problem(LoglynxError(), request_id)(scope, receive, send_observed)
            finally:
                route = getattr(scope.get("route"), "path", "none")
                REQUESTS.labels(self.service, route, str(status)).inc()
                SECONDS.labels(self.service, route).observe(time.monotonic() - started)
