"""The Forward protocol's modes, as Fluentd, Fluent Bit and Docker send them."""

from __future__ import annotations

import gzip
import struct
from typing import Any

import msgpack
import pytest

from services.ingest.protocols.forward import MAX_CONTAINERS, BoundedUnpacker, decode_forward
from shared.core.records import Level
from shared.errors import LoglynxError
from shared.web.decompression import DecompressionLimits

LIMITS = DecompressionLimits(1_000_000, 100)
STAMP = msgpack.Timestamp(1_700_000_000, 250_000_000)
AT = msgpack.ExtType(0, struct.pack(">II", 1_700_000_000, 250_000_000))


def read(value: Any, **options: Any) -> Any:
    unpacker = BoundedUnpacker(1 << 20)
    unpacker.feed(msgpack.packb(value, **options))
    (message,) = list(unpacker)
    return decode_forward(message, 1_700_000_000_000, LIMITS)


ENTRIES = [[AT, {"log": f"line {number}"}] for number in range(3)]
PACKED = b"".join(msgpack.packb(entry) for entry in ENTRIES)


@pytest.mark.parametrize(
    ("message", "count", "chunk"),
    [
        (["app", AT, {"log": "line 0"}], 1, ""),
        (["app", AT, {"log": "line 0"}, {"chunk": "c1"}], 1, "c1"),
        (["app", [AT, {"meta": 1}], {"log": "line 0"}], 1, ""),
        (["app", ENTRIES], 3, ""),
        (["app", ENTRIES, {"chunk": "c2", "size": 3}], 3, "c2"),
        (["app", [[[AT, {}], {"log": "line 0"}]], {}], 1, ""),
        (["app", PACKED, {"chunk": "c3"}], 3, "c3"),
        (["app", gzip.compress(PACKED), {"compressed": "gzip"}], 3, ""),
        (
            ["app", gzip.compress(PACKED[:20]) + gzip.compress(PACKED[20:]), {"compressed": "gzip", "chunk": "c4"}],
            3,
            "c4",
        ),
        (["app", []], 0, ""),
        (None, 0, ""),
    ],
)
def test_each_mode_brings_the_same_lines(message: Any, count: int, chunk: str) -> None:
    read_message = read(message)
    assert [record.line for record in read_message.records] == [f"line {number}" for number in range(count)]
    assert read_message.chunk == chunk
    for record in read_message.records:
        assert (record.fields.stream, record.fields.timestamp_ms) == ("app", 1_700_000_000_250)


@pytest.mark.parametrize("entry", [[STAMP, {"log": "paid"}], [[STAMP, {}], {"log": "paid"}]])
def test_msgpacks_own_timestamp_is_a_time(entry: list[Any]) -> None:
    for message in (["app", *entry], ["app", [entry]]):
        (record,) = read(message).records
        assert record.fields.timestamp_ms == 1_700_000_000_250


def test_a_block_that_comes_as_text_is_the_same_block() -> None:
    value = b"\x92\xa3app" + b"\xda" + struct.pack(">H", len(PACKED)) + PACKED  # raw16, as older clients pack it
    unpacker = BoundedUnpacker(1 << 20)
    unpacker.feed(value)
    assert len(decode_forward(next(iter(unpacker)), 0, LIMITS).records) == 3


def test_docker_record() -> None:
    record = {"container_id": "8d7", "container_name": "/shop-web-1", "source": "stderr", "log": "order 7 paid"}
    (received,) = read(["8d7a", 1_700_000_000, record, {}]).records
    assert (received.line, received.fields.stream) == ("order 7 paid", "shop-web-1")


def test_kubernetes_record_belongs_to_its_container() -> None:
    record = {
        b"log": b"\xe8\xbf\x9e\xe6\x8e\xa5\n",
        "level": "error",
        "kubernetes": {"namespace_name": "shop", "container_name": "pay"},
    }
    (received,) = read(["kube.var.log", 1.5e9, record]).records
    assert (received.line, received.fields.stream, received.fields.level) == ("连接", "shop/pay", Level.ERROR)


def test_entries_that_are_none_are_counted_and_the_others_kept() -> None:
    message = read(["app", [[AT, {"log": "good"}], [AT, {}], [AT], 7, "x", [AT, "text"]]])
    assert ([record.line for record in message.records], message.bad) == (["good"], 5)


@pytest.mark.parametrize(
    "message",
    [7, [], ["app"], ["app", 1], {"a": 1}, ["app", b"\xc1"], ["app", PACKED[:-3]], ["app", b"xx", {"compressed": "gzip"}],
     ["app", b"xx", {"compressed": "lzma"}], ["app", gzip.compress(b"\xc0" * 10**7), {"compressed": "gzip"}]],
)  # fmt: skip
def test_what_is_no_message_is_refused(message: Any) -> None:
    with pytest.raises(LoglynxError):
        read(message)


def test_deep_and_odd_records_do_no_harm() -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": deep}
    message = read(["app", [[AT, {"log": "a", "deep": deep, 7: 8, "n": float("nan")}], [float("inf"), {"log": "b"}]]])
    assert [record.line for record in message.records] == ["a", "b"]


def test_a_value_that_unfolds_to_far_more_than_it_is_long_is_refused() -> None:
    row = b"\xdc\xff\xff" + b"\x80" * 65535  # an array of empty maps
    unpacker = BoundedUnpacker(1 << 24)
    unpacker.feed(b"\xdc\x00\x10" + row * 16)
    with pytest.raises(ValueError, match="too many"):
        list(unpacker.values())
    assert MAX_CONTAINERS < 16 * 65535
    for length in (b"\xdd\x7f\xff\xff\xff", b"\xdf\x7f\xff\xff\xff"):
        unpacker = BoundedUnpacker(1 << 24)
        unpacker.feed(length)
        with pytest.raises(ValueError, match="exceeds"):
            list(unpacker.values())


def test_what_is_counted_is_counted_for_each_value() -> None:
    unpacker = BoundedUnpacker(1 << 24)
    for _ in range(3):
        unpacker.feed(msgpack.packb([{}] * 90_000) * 2)
        assert len(list(unpacker.values())) == 2
