"""How each protocol is read off a connection or out of datagrams, and answered.

Forward asks for more than syslog and GELF: a shared key may have to be proved first (HELO, PING, PONG), and a message
with a chunk id is acknowledged when, and only when, the ledger has it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import socket
import time
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

import msgpack

from services.ingest.listeners.connections import Connection, Serve
from services.ingest.listeners.datagrams import Decode
from services.ingest.listeners.delivery import Delivery
from services.ingest.protocols.forward import BROKEN, BoundedUnpacker, ForwardMessage, decode_forward
from services.ingest.protocols.framing import Frame, Frames, SyslogFrames
from services.ingest.protocols.gelf import decode_gelf
from services.ingest.protocols.gelf_chunks import GelfChunks
from services.ingest.protocols.received import Received
from services.ingest.protocols.syslog import decode_syslog
from shared.errors import BodyTooLarge, LoglynxError, Unauthenticated, UnprocessableBody
from shared.telemetry import Refusal
from shared.web.decompression import DecompressionLimits

Now = Callable[[], int]  # ms
LARGE = 2000  # bytes or entries


def serve_syslog(max_bytes: int) -> Serve:
    async def serve(connection: Connection, delivery: Delivery) -> None:
        frames = SyslogFrames(max_bytes)
        while data := await connection.read():
            await _deliver_syslog(frames.feed(data), delivery)
        await _deliver_syslog(frames.rest(), delivery)

    return serve


async def _deliver_syslog(frames: list[Frame], delivery: Delivery) -> None:
    delivery.drop(Refusal.LINE_CLIPPED, sum(frame.is_cut for frame in frames))
    records = [decode_syslog(frame.message) for frame in frames]
    await delivery.deliver(records, sum(len(frame.message) for frame in frames))


def decode_syslog_datagram(data: bytes, _: Any) -> Received | None:
    return decode_syslog(data) if data.strip() else None


def serve_gelf(max_bytes: int, limits: DecompressionLimits, now_ms: Now) -> Serve:
    async def serve(connection: Connection, delivery: Delivery) -> None:
        frames = Frames(max_bytes)
        while data := await connection.read():
            await deliver(frames.feed(data), delivery)
        await deliver(frames.rest(), delivery)

    async def deliver(frames: list[Frame], delivery: Delivery) -> None:
        records: list[Received] = []
        for frame in frames:
            if frame.is_cut:
                delivery.drop(Refusal.BODY_TOO_LARGE)
                continue
            try:
                records.append(decode_gelf(frame.message, now_ms(), limits))
            except LoglynxError:
                delivery.drop(Refusal.BAD_BODY)
        await delivery.deliver(records, sum(len(frame.message) for frame in frames))

    return serve


def gelf_datagrams(delivery: Delivery, limits: DecompressionLimits, now_ms: Now) -> Decode:
    chunks = GelfChunks()

    def decode(data: bytes, sender: Any) -> Received | None:
        message = chunks.add(sender, data, time.monotonic())
        delivery.drop(Refusal.CHUNKS_MISSING, chunks.lost)
        chunks.lost = 0
        return None if message is None or not message.strip() else decode_gelf(message, now_ms(), limits)

    return decode


def serve_forward(max_bytes: int, limits: DecompressionLimits, now_ms: Now, shared_key: str) -> Serve:
    async def serve(connection: Connection, delivery: Delivery) -> None:
        unpacker = BoundedUnpacker(max_bytes)
        if shared_key:
            await _prove_key(connection, unpacker, shared_key)
        came = int(unpacker.tell())
        held = 0
        try:
            while data := await connection.read():
                came += len(data)
                await take(_values(unpacker, data), connection, delivery)
                delivery.hold(came - unpacker.tell() - held)
                held = came - unpacker.tell()
                await delivery.room()
        finally:
            delivery.hold(-held)

    async def take(values: list[object], connection: Connection, delivery: Delivery) -> None:
        """Messages that want no acknowledgement are stored together, the others one by one."""
        together: list[Received] = []
        for value in values:
            message = await _decode(value, now_ms(), limits)
            delivery.drop(Refusal.BAD_LINE, message.bad)
            if not message.chunk:
                together += message.records
                continue
            await delivery.deliver(together, _size(together))
            await delivery.deliver(message.records, _size(message.records), _chunk_key(message))
            await connection.write(msgpack.packb({"ack": message.chunk}))
            together = []
        await delivery.deliver(together, _size(together))

    return serve


async def _decode(value: object, received_ms: int, limits: DecompressionLimits) -> ForwardMessage:
    """Off the event loop where there is much to do."""
    packed = value[1] if isinstance(value, list) and len(value) > 1 else None
    if isinstance(packed, bytes | str | list) and len(packed) > LARGE:
        return await asyncio.to_thread(decode_forward, value, received_ms, limits)
    return decode_forward(value, received_ms, limits)


def _size(records: list[Received]) -> int:
    return sum(len(record.line) for record in records)


def _values(unpacker: BoundedUnpacker, data: bytes) -> list[object]:
    try:
        unpacker.feed(data)
        return list(unpacker.values())
    except msgpack.exceptions.BufferFull as error:
        raise BodyTooLarge from error
    except BROKEN as error:
        raise UnprocessableBody from error


def _chunk_key(message: ForwardMessage) -> str:
    """The same chunk sent again has the same lines; another client's chunk of that name has not."""
    digest = hashlib.blake2b(message.chunk.encode("utf-8", "surrogatepass"), digest_size=16)
    for record in message.records:
        digest.update(b"\0" + record.line.encode("utf-8", "surrogatepass"))
    return f"chunk-{digest.hexdigest()}"


async def _prove_key(connection: Connection, unpacker: BoundedUnpacker, shared_key: str) -> None:
    """The handshake of the protocol, for the shared key alone. Raises Unauthenticated."""
    nonce = secrets.token_bytes(16)
    await connection.write(msgpack.packb(["HELO", {"nonce": nonce, "auth": b"", "keepalive": True}]))
    ping: object = None
    while ping is None and (data := await connection.read()):
        values = _values(unpacker, data)
        ping = values[0] if values else None
    if not isinstance(ping, list) or len(ping) < 4 or ping[0] != "PING":
        raise Unauthenticated
    host, salt, proof = (_bytes(item) for item in ping[1:4])
    expected = hashlib.sha512(salt + host + nonce + shared_key.encode()).hexdigest().encode()
    is_right = compare_digest(proof, expected)
    name = socket.gethostname().encode()
    answer = hashlib.sha512(salt + name + nonce + shared_key.encode()).hexdigest() if is_right else ""
    reason = "" if is_right else "shared_key mismatch"
    await connection.write(msgpack.packb(["PONG", is_right, reason, name.decode("ascii", "replace"), answer]))
    if not is_right:
        raise Unauthenticated


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return value if isinstance(value, bytes) else b""
