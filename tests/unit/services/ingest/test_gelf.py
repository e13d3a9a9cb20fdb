"""GELF messages as Docker and libraries send them, and the joining of their chunks."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from services.ingest.protocols.gelf import decode_gelf
from services.ingest.protocols.gelf_chunks import GelfChunks
from shared.core.records import Level
from shared.errors import LoglynxError
from shared.web.decompression import DecompressionLimits

LIMITS = DecompressionLimits(1_000_000, 100)
DOCKER = {
    "version": "1.1", "host": "box", "short_message": "order 7 paid", "timestamp": 1700000000.123, "level": 3,
    "_container_name": "/shop-web-1", "_container_id": "8d7", "_image_name": "shop", "_created": "2026-11-22T07:00:00Z",
}  # fmt: skip


def decode(value: Any, pack: Any = bytes) -> Any:
    return decode_gelf(pack(json.dumps(value).encode()), 1_700_000_000_000, LIMITS)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zlib.compress, lambda data: zlib.compress(data, 0)])
def test_docker_message_in_every_packing(pack: Any) -> None:
    line, fields = decode(DOCKER, pack)
    assert line == "order 7 paid"
    assert (fields.stream, fields.timestamp_ms, fields.level) == ("shop-web-1", 1700000000123, Level.ERROR)
    assert fields.attributes == ()


def test_full_message_is_kept_once() -> None:
    base = {"version": "1.1", "host": "h", "short_message": "boom"}
    assert decode(base | {"full_message": "boom\n  at x"}).line == "boom\n  at x"
    line, fields = decode(base | {"full_message": "Trace:\n  at x"})
    assert (line, fields.details) == ("boom", "Trace:\n  at x")


def test_own_fields_are_attributes_and_the_stream_may_be_named() -> None:
    _, fields = decode({"host": "h", "short_message": "m", "_service": "pay", "_took_ms": 12})
    assert fields.stream == "pay"
    assert [value for _, value in fields.attributes] == [12.0]
    assert decode({"host": "h", "short_message": "m"}).fields.stream == "h"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"nonsense",
        b'{"short_message": 7}',
        b"\x1f\x8bxx",
        b"\x78\x9cxx",
        gzip.compress(b"0" * 10**7),
    ],
)
def test_what_is_no_gelf_is_refused(data: bytes) -> None:
    with pytest.raises(LoglynxError):
        decode_gelf(data, 0, LIMITS)


def chunk(place: int, count: int, data: bytes, name: bytes = b"abcdefgh") -> bytes:
    return b"\x1e\x0f" + name + bytes([place, count]) + data


def test_chunks_are_joined_in_any_order_and_twice_sent_ones_count_once() -> None:
    chunks = GelfChunks()
    assert chunks.add("s", b"{}", 0) == b"{}"
    assert chunks.add("s", chunk(2, 3, b"c"), 0) is None
    assert chunks.add("s", chunk(0, 3, b"a"), 0) is None
    assert chunks.add("s", chunk(0, 3, b"a"), 0) is None
    assert chunks.add("other", chunk(1, 3, b"?"), 0) is None
    assert chunks.add("s", chunk(1, 3, b"b"), 0) == b"abc"
    assert chunks.lost == 0


def test_chunks_that_never_meet_are_given_up_and_counted() -> None:
    chunks = GelfChunks(max_messages=10, max_bytes=1000)
    chunks.add("s", chunk(0, 2, b"a"), 0)
    chunks.expire(5.1)
    assert chunks.lost == 1
    assert chunks.add("s", chunk(1, 2, b"b"), 6) is None
    for number in range(100):
        chunks.add("s", chunk(0, 2, b"x" * 90, name=b"%8d" % number), 6)
    assert len(chunks._partial) <= 10
    assert chunks._bytes <= 1000
    assert chunks.lost > 90


@pytest.mark.parametrize(
    "data", [chunk(0, 0, b"x"), chunk(5, 5, b"x"), chunk(0, 129, b"x"), b"\x1e\x0f", chunk(0, 2, b"")]
)
def test_impossible_chunks_are_counted(data: bytes) -> None:
    chunks = GelfChunks()
    assert chunks.add("s", data, 0) is None
    assert chunks.lost == 1
