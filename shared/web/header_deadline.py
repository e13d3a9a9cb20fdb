"""A uvicorn HTTP protocol that closes connections whose request head comes too slowly or grows too large.

It also closes those whose body goes on long after the answer, such as a refusal that did not read it.
ASGI sees a request only from the end of its head to its answer, so this cannot be a middleware.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def protocol_with_deadline(deadline_s: float, body_deadline_s: float) -> type[HttpToolsProtocol]:
    """The protocol class for ``uvicorn.Config(http=...)``: seconds for a head, and for a body after its answer."""

    class DeadlineProtocol(HttpToolsProtocol):
        """``_timer`` runs while a head is awaited: from the connection's or the head's first byte to its last.

        ``_rest_timer`` runs from an answer to the end of the body that it did not wait for.
        """

        _timer: asyncio.TimerHandle | None = None
        _rest_timer: asyncio.TimerHandle | None = None
        _head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._start_timer()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            self._stop_rest_timer()
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._start_timer()

        def on_headers_complete(self) -> None:
            self._stop_timer()
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._stop_rest_timer()
            super().on_message_complete()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self.cycle.response_complete and self.cycle.more_body and not self.transport.is_closing():
                self._rest_timer = self.loop.call_later(body_deadline_s, self._close)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._timer is not None:
                self._head_bytes += len(data)
                if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                    self.transport.write(TOO_LARGE)
                    self.transport.close()

        def _start_timer(self) -> None:
            if self._timer is None:
                self._timer = self.loop.call_later(deadline_s, self._close)

        def _stop_timer(self) -> None:
            self._head_bytes = 0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _stop_rest_timer(self) -> None:
            if self._rest_timer is not None:
                self._rest_timer.cancel()
                self._rest_timer = None

        def _close(self) -> None:
            if not self.transport.is_closing():
                self.transport.close()

    return DeadlineProtocol
