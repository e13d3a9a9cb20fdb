"""Limits on what a client may send, applied before anything is parsed.

``LimitBodies`` is an ASGI middleware that replaces ``receive``: the route's first read collects the body (counting
streamed bytes, whatever Content-Length claims), undoes its encoding within limits, and hands over one piece. A route
that never reads (refused key, overload) never pays for the body. One that sets ``IS_STREAMED`` gets the pieces as
they come, each within the deadline, and bounds what it keeps of them itself: its body may never end.
Fails with BodyTooLarge, BodyTooSlow, BadInput, UnsupportedEncoding, Overloaded (too many bytes in flight, or too many
requests: before any route, so ``turn_away`` may say it as the route would).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import BadInput, BodyTooLarge, Overloaded, UnsupportedEncoding
from shared.web.decompression import DecompressionLimits, decompress, sniff_encoding
from shared.web.problems import PublicDetail

DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_S = 2.0
INLINE_BYTES = 2048  # of compressed data: undone at once, which costs less than a thread; at most 2 MiB come out
UNPACKINGS = 2  # in threads at once: each may hold max_bytes of plain data, and all compete with the event loop
UNLIMITED_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
IMPLIED_ENCODING = "loglynx.implied_encoding"  # scope key: body -> its encoding, where a protocol leaves it unsaid

# Words a refusal as the request's route would; None: it is a problem like any other.
TurnAway = Callable[[Request, Overloaded], Awaitable[Response | None]]

IS_STREAMED = "loglynx.is_streamed"  # scope key: true where the route reads an unpacked body piece by piece


class BodyTooSlow(BadInput):
    """The body did not arrive within the deadline."""

    code, status, title = "body_too_slow", 408, "The body did not arrive in time"


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Sizes in bytes, times in seconds. ``max_in_flight_bytes`` and ``max_requests`` bound all requests together."""

    max_bytes: int = 16 * 1024 * 1024
    decompression: DecompressionLimits = field(default_factory=DecompressionLimits)
    deadline_s: float = 30.0
    max_in_flight_bytes: int = 192 * 1024 * 1024
    max_requests: int = 1000


class LimitBodies:
    """Pure ASGI middleware; one instance per process, so it also knows what all requests hold together."""

    def __init__(self, app: ASGIApp, limits: BodyLimits, turn_away: TurnAway | None = None) -> None:
        self.app = app
        self.limits = limits
        self.turn_away = turn_away
        self.in_flight_bytes = 0
        self.requests = 0
        self.unpackings = CapacityLimiter(UNPACKINGS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_crowded = self.requests >= self.limits.max_requests and scope["path"] not in UNLIMITED_PATHS
        body = _LimitedBody(self, scope, receive)
        answer, taken = (self._refuse, 0) if is_crowded else (self.app, 1)
        self.requests += taken
        try:
            await answer(scope, body.receive, send)
        finally:
            self.requests -= taken
            self.in_flight_bytes -= body.held_bytes

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = Overloaded()
        response = await self.turn_away(Request(scope, receive), error) if self.turn_away else None
        if response is None:
            raise error
        await response(scope, receive, send)


class _LimitedBody:
    """The body of one request."""

    def __init__(self, owner: LimitBodies, scope: Scope, receive: Receive) -> None:
        self.owner = owner
        self.scope = scope
        self.headers = Headers(scope=scope)
        self.receive_raw = receive
        self.held_bytes = 0
        self.is_read = False

    async def receive(self) -> Message:
        if self.is_read:
            return await self.receive_raw()
        if self.scope.get(IS_STREAMED):
            return await self._next_piece()
        self.is_read = True
        data = await self._collect()
        if data is None:
            return {"type": "http.disconnect"}
        encoding = self.headers.get("content-encoding", "").strip().lower() or sniff_encoding(data)
        if not encoding and IMPLIED_ENCODING in self.scope:
            encoding = self.scope[IMPLIED_ENCODING](data)
        if encoding not in ("", "identity"):
            unpacking = partial(decompress, data, encoding, self.owner.limits.decompression)
            is_small = len(data) <= INLINE_BYTES
            data = unpacking() if is_small else await run_sync(unpacking, limiter=self.owner.unpackings)
            self._hold(len(data))
            if sniff_encoding(data):
                raise UnsupportedEncoding(PublicDetail("The body is compressed twice"))
        return {"type": "http.request", "body": data, "more_body": False}

    async def _next_piece(self) -> Message:
        try:
            async with asyncio.timeout(self.owner.limits.deadline_s):
                return await self.receive_raw()
        except TimeoutError:
            raise BodyTooSlow from None

    async def _collect(self) -> bytes | None:
        """Every streamed byte; None when the client went away."""
        limits = self.owner.limits
        claimed = self.headers.get("content-length", "")
        if claimed.isascii() and claimed.isdigit() and int(claimed[:19]) > limits.max_bytes:
            await self._refuse_size(self.headers.get("expect", "").lower() != "100-continue")
        data = bytearray()
        try:
            async with asyncio.timeout(limits.deadline_s):
                while True:
                    message = await self.receive_raw()
                    if message["type"] != "http.request":
                        return None
                    piece, has_more = message.get("body", b""), message.get("more_body", False)
                    self._hold(len(piece))
                    data += piece
                    if len(data) > limits.max_bytes:
                        data.clear()
                        await self._refuse_size(has_more)
                    if not has_more:
                        return bytes(data)
        except TimeoutError:
            raise BodyTooSlow from None

    def _hold(self, amount: int) -> None:
        self.held_bytes += amount
        self.owner.in_flight_bytes += amount
        if self.owner.in_flight_bytes > self.owner.limits.max_in_flight_bytes:
            raise Overloaded

    async def _refuse_size(self, is_sending: bool) -> None:
        """Read on for a moment before refusing: a client that is still sending would miss an early answer."""
        drained = 0
        try:
            async with asyncio.timeout(DRAIN_S):
                while is_sending and drained < DRAIN_BYTES:
                    message = await self.receive_raw()
                    drained += len(message.get("body", b""))
                    is_sending = message.get("more_body", False)
        except TimeoutError:
            pass
        raise BodyTooLarge
