"""Which listeners the settings ask for, started together and stopped together.

Fails with OSError where an address cannot be had: the service then does not start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog

from services.ingest.batch import Batch
from services.ingest.listeners.connections import Serve, TcpListener
from services.ingest.listeners.datagrams import Decode, UdpListener
from services.ingest.listeners.delivery import Delivery
from services.ingest.listeners.serving import (
    decode_syslog_datagram,
    gelf_datagrams,
    serve_forward,
    serve_gelf,
    serve_syslog,
)
from services.ingest.parts import Parts
from services.ingest.pushing import PushRequest, store
from shared.web.decompression import DecompressionLimits

GRACE_S = 5.0
log = structlog.get_logger()


class Listeners:
    """``start`` in the event loop that serves; ``stop`` gives what was received a moment to be stored."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._open: list[TcpListener | UdpListener] = []
        self._storing: list[tuple[Delivery, asyncio.Task[None]]] = []

    async def start(self) -> None:
        settings, now_ms = self._parts.settings, self._parts.now_ms
        size = settings.listeners_max_message_bytes
        limits = DecompressionLimits(size, settings.max_ratio)
        forward_limits = DecompressionLimits(settings.max_plain_bytes, settings.max_ratio)
        key = settings.forward_shared_key.get_secret_value() if settings.forward_shared_key else ""
        forward = serve_forward(settings.forward_max_bytes, forward_limits, now_ms, key)
        try:
            await self._listen_tcp("syslog", settings.syslog_tcp_port, serve_syslog(size))
            await self._listen_udp("syslog", settings.syslog_udp_port, lambda _: decode_syslog_datagram)
            await self._listen_tcp("gelf", settings.gelf_tcp_port, serve_gelf(size, limits, now_ms))
            await self._listen_udp(
                "gelf", settings.gelf_udp_port, partial(gelf_datagrams, limits=limits, now_ms=now_ms)
            )
            await self._listen_tcp("forward", settings.forward_port, forward)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        for listener in self._open:
            listener.stop()
        await asyncio.gather(*(delivery.finish(task, GRACE_S) for delivery, task in self._storing))

    async def _listen_tcp(self, protocol: str, port: int, serve: Serve) -> None:
        if port:
            settings = self._parts.settings
            delivery = self._delivery(protocol, "tcp")
            listener = TcpListener(delivery, serve, settings.listeners_max_connections, settings.listeners_idle_s)
            await self._open_at(listener, delivery, port)

    async def _listen_udp(self, protocol: str, port: int, decoder: Callable[[Delivery], Decode]) -> None:
        if port:
            delivery = self._delivery(protocol, "udp")
            await self._open_at(UdpListener(delivery, decoder(delivery)), delivery, port)

    async def _open_at(self, listener: TcpListener | UdpListener, delivery: Delivery, port: int) -> None:
        host = self._parts.settings.listeners_host
        await listener.start(host, port)
        self._open.append(listener)
        self._storing.append((delivery, asyncio.create_task(delivery.run())))
        log.info("listening", listener=delivery.listener, host=host, port=port)

    def _delivery(self, protocol: str, transport: str) -> Delivery:
        parts = self._parts

        async def put(batch: Batch, key: str) -> None:
            await parts.watermarks.check()
            request = PushRequest(
                b"", f"/{protocol}", stream=protocol, idempotency_key=key, owner=f"listener-{protocol}"
            )
            await parts.threads.run(store, parts, request, batch)

        return Delivery(f"{protocol}_{transport}", put, parts.settings.listeners_backlog_bytes)
