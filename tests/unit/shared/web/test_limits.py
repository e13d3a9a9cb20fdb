from __future__ import annotations

import asyncio
import gzip
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import cramjam
import pytest

from shared.errors import BadInput, BodyTooLarge, LoglynxError, Overloaded, UnsupportedEncoding
from shared.web import limits
from shared.web.decompression import DecompressionLimits
from shared.web.limits import (
    IMPLIED_ENCODING,
    INLINE_BYTES,
    IS_STREAMED,
    UNPACKINGS,
    BodyLimits,
    BodyTooSlow,
    LimitBodies,
)

SMALL = BodyLimits(
    max_bytes=1000, decompression=DecompressionLimits(max_bytes=4000), deadline_s=0.2, max_in_flight_bytes=6000
)


def send_body(
    pieces: Iterable[bytes],
    headers: dict[str, str] | None = None,
    limits: BodyLimits = SMALL,
    pause_s: float = 0.0,
    middleware: LimitBodies | None = None,
) -> bytes:
    """The body as the application behind the middleware reads it."""
    waiting = list(pieces)
    seen: dict[str, bytes] = {}

    async def application(scope: Any, receive: Callable[[], Any], send: Any) -> None:
        message = await receive()
        seen["body"] = message.get("body", b"gone")
        assert not message.get("more_body", False)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause_s)
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    scope = {
        "type": "http",
        "path": "/api/v1/ingest",
        "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
    }
    layer = middleware or LimitBodies(application, limits)
    layer.app = application
    asyncio.run(layer(scope, receive, lambda message: None))  # type: ignore[arg-type]
    return seen["body"]


def test_pieces_arrive_as_one_body() -> None:
    assert send_body([b"one", b"two", b""]) == b"onetwo"


def test_streamed_bytes_count_whatever_the_length_header_claims() -> None:
    with pytest.raises(BodyTooLarge):
        send_body([b"x" * 600, b"x" * 600], {"content-length": "5"})


@pytest.mark.parametrize(("size", "is_refused"), [(1000, False), (1001, True)])
def test_body_limit_is_exact(size: int, is_refused: bool) -> None:
    if is_refused:
        with pytest.raises(BodyTooLarge):
            send_body([b"x" * size])
    else:
        assert len(send_body([b"x" * size])) == size


def test_claimed_length_is_refused_before_the_body_is_kept() -> None:
    with pytest.raises(BodyTooLarge):
        send_body([b"x"], {"content-length": "99999999999999999999999"})


def test_compressed_body_is_undone() -> None:
    assert send_body([gzip.compress(b"hello")], {"content-encoding": "gzip"}) == b"hello"


def test_compression_is_sniffed_when_no_header_names_it() -> None:
    assert send_body([gzip.compress(b"hello")]) == b"hello"


def test_body_compressed_twice_is_refused() -> None:
    with pytest.raises(UnsupportedEncoding):
        send_body([gzip.compress(gzip.compress(b"hello"))], {"content-encoding": "gzip"})


def test_bomb_is_refused() -> None:
    with pytest.raises(BodyTooLarge):
        send_body([gzip.compress(b"\0" * 100_000)], {"content-encoding": "gzip"})


def test_slow_drip_is_cut_at_the_deadline() -> None:
    with pytest.raises(BodyTooSlow) as caught:
        send_body([b"x"] * 20, pause_s=0.05)
    assert caught.value.status == 408
    assert isinstance(caught.value, BadInput)


def test_held_bytes_are_bounded_and_given_back() -> None:
    layer = LimitBodies(None, SMALL)  # type: ignore[arg-type]
    layer.in_flight_bytes = 5500
    with pytest.raises(Overloaded):
        send_body([b"x" * 600], middleware=layer)
    assert layer.in_flight_bytes == 5500
    assert send_body([b"x" * 400], middleware=layer) == b"x" * 400
    assert layer.in_flight_bytes == 5500


def test_requests_at_once_are_bounded() -> None:
    layer = LimitBodies(None, BodyLimits(max_requests=3))  # type: ignore[arg-type]
    layer.requests = 3
    with pytest.raises(Overloaded):
        send_body([b"x"], middleware=layer)
    layer.requests = 2
    assert send_body([b"x"], middleware=layer) == b"x"
    assert layer.requests == 2


def test_application_that_never_reads_pays_nothing() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise Overloaded

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    scope = {"type": "http", "path": "/x", "headers": [(b"content-length", b"10")]}
    with pytest.raises(LoglynxError):
        asyncio.run(LimitBodies(application, SMALL)(scope, receive, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("packed", "headers"), [(bytes(cramjam.snappy.compress_raw(b"line")), {}), (gzip.compress(b"line", mtime=0), {})]
)
def test_route_says_how_bodies_are_packed_that_do_not_say_it_themselves(
    packed: bytes, headers: dict[str, str]
) -> None:
    seen = b""

    async def application(scope: Any, receive: Callable[[], Any], send: Any) -> None:
        nonlocal seen
        scope[IMPLIED_ENCODING] = lambda body: "snappy"
        seen = (await receive())["body"]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": packed}

    scope = {"type": "http", "path": "/x", "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}
    asyncio.run(LimitBodies(application, SMALL)(scope, receive, lambda message: None))  # type: ignore[arg-type]
    assert seen == b"line"


def stream_body(pieces: list[bytes], pause_s: float = 0.0) -> tuple[list[bytes], LimitBodies]:
    """The pieces as a route reads them that takes its body as it comes."""
    seen: list[bytes] = []

    async def application(scope: Any, receive: Callable[[], Any], send: Any) -> None:
        scope[IS_STREAMED] = True
        while (message := await receive())["more_body"]:
            seen.append(message["body"])
        seen.append(message["body"])

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause_s)
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    layer = LimitBodies(application, SMALL)
    asyncio.run(layer({"type": "http", "path": "/upload", "headers": []}, receive, lambda message: None))  # type: ignore[arg-type]
    return seen, layer


def test_streamed_body_may_be_larger_and_slower_than_any_other() -> None:
    seen, layer = stream_body([b"x" * 600] * 20, pause_s=0.02)
    assert seen == [b"x" * 600] * 20
    assert layer.in_flight_bytes == 0


def test_streamed_body_that_stands_still_is_refused() -> None:
    with pytest.raises(BodyTooSlow):
        stream_body([b"x"], pause_s=0.5)


def test_few_bodies_are_unpacked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most = 0, 0
    counting = threading.Lock()

    def unpack(data: bytes, *_: object) -> bytes:
        nonlocal at_work, most
        with counting:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.02)
        with counting:
            at_work -= 1
        return b"plain"

    async def application(scope: Any, receive: Callable[[], Any], send: Any) -> None:
        assert (await receive())["body"] == b"plain"

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"z" * (INLINE_BYTES + 1), "more_body": False}

    async def six() -> None:
        layer = LimitBodies(application, BodyLimits())
        scope = {"type": "http", "path": "/", "headers": [(b"content-encoding", b"gzip")]}
        await asyncio.gather(*(layer(dict(scope), receive, lambda message: None) for _ in range(6)))  # type: ignore[arg-type]

    monkeypatch.setattr(limits, "decompress", unpack)
    asyncio.run(six())
    assert most == UNPACKINGS
