"""A UDP listener. Datagrams cannot wait: those beyond the backlog, and unreadable ones, are dropped and counted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from services.ingest.listeners.delivery import Delivery
from services.ingest.protocols.received import Received
from shared.errors import BodyTooLarge, LoglynxError
from shared.telemetry import Refusal

BUFFER_BYTES = 4 * 1024 * 1024  # asked of the kernel, which may give less
Decode = Callable[[bytes, Any], Received | None]  # (datagram, sender); None: nothing to store yet


class UdpListener(asyncio.DatagramProtocol):
    def __init__(self, delivery: Delivery, decode: Decode) -> None:
        self._delivery = delivery
        self._decode = decode
        self._transport: asyncio.BaseTransport | None = None

    async def start(self, host: str, port: int) -> None:
        """Raises OSError where the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)

    def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            record = self._decode(data, addr)
        except BodyTooLarge:
            self._delivery.drop(Refusal.BODY_TOO_LARGE)
        except LoglynxError:
            self._delivery.drop(Refusal.BAD_BODY)
        else:
            if record is not None:
                self._delivery.offer(record, len(data) + len(record.line))
