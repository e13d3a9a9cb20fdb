"""A TCP listener: bounded in connections, in silence, and in what one connection may hold.

While the ledger is away a connection's bytes are not read, so that the sender waits; nothing is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.ingest.listeners.delivery import Delivery, NotStored
from shared.errors import LoglynxError
from shared.telemetry import Refusal
from shared.web.problems import reason_for

READ_BYTES = 64 * 1024
log = structlog.get_logger()


class Connection:
    """One sender. ``read`` gives b"" at its end, or when it was silent for too long."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, idle_s: float) -> None:
        self._reader = reader
        self._writer = writer
        self._idle_s = idle_s

    async def read(self) -> bytes:
        try:
            async with asyncio.timeout(self._idle_s):
                return await self._reader.read(READ_BYTES)
        except (TimeoutError, ConnectionError):
            return b""

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        async with asyncio.timeout(self._idle_s):
            await self._writer.drain()


Serve = Callable[[Connection, Delivery], Awaitable[None]]


class TcpListener:
    """``serve`` reads one connection to its end and delivers what it holds."""

    def __init__(self, delivery: Delivery, serve: Serve, max_connections: int, idle_s: float) -> None:
        self._delivery = delivery
        self._serve = serve
        self._max_connections = max_connections
        self._idle_s = idle_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Raises OSError where the address cannot be had."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=READ_BYTES)

    def stop(self) -> None:
        """No new connections, and no more from those that are there."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= self._max_connections:
            self._delivery.drop(Refusal.TOO_MANY_CONNECTIONS)
            writer.close()
            return
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await self._serve(Connection(reader, writer, self._idle_s), self._delivery)
        except LoglynxError as error:
            self._delivery.drop(reason_for(error) or Refusal.BAD_BODY)
            log.warning("listener_refused", listener=self._delivery.listener, code=error.code)
        except (NotStored, ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # counted where it happened; a sender that was not answered sends again
        except Exception:
            self._delivery.drop(Refusal.INTERNAL)
            log.exception("listener_failed", listener=self._delivery.listener)
        finally:
            if task is not None:
                self._tasks.discard(task)
            writer.close()
