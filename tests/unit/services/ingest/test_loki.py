from __future__ import annotations

import json
from typing import Any

import cramjam
import pytest

from services.ingest.batch import Batch, Fields, Rejected, RejectReason
from services.ingest.protocols.loki import decode_loki, implied_encoding
from services.ingest.protocols.wire_messages import loki
from shared.core.records import Level
from shared.errors import BodyTooLarge, UnprocessableBody

AT_NS = 1_772_366_400_123_456_789
AT_MS = AT_NS // 1_000_000


def a_push(*values: Any, **labels: Any) -> bytes:
    return json.dumps({"streams": [{"stream": labels, "values": list(values)}]}).encode()


def a_message(labels: str = '{app="shop"}', *lines: bytes) -> bytes:
    request = loki["PushRequest"]()
    stream = request.streams.add(labels=labels.encode())
    for line in lines:
        entry = stream.entries.add(line=line)
        entry.timestamp.seconds, entry.timestamp.nanos = divmod(AT_NS, 10**9)
    packed: bytes = request.SerializeToString()
    return packed


def decoded(body: bytes, kind: str = "application/json", **bounds: int) -> Batch:
    return decode_loki(body, kind, 0, **bounds)


def test_labels_name_stream_level_and_writer() -> None:
    batch = decoded(a_push([str(AT_NS), "a line"], app="shop", namespace="prod", level="warn", logger="db"))
    assert list(batch.lines) == ["a line"]
    assert batch.fields == {0: Fields("prod/shop", AT_MS, Level.WARN, "db")}
    assert batch.is_distinct


def test_level_of_a_line_wins_over_that_of_its_stream() -> None:
    batch = decoded(a_push([str(AT_NS), "a line", {"detected_level": "error"}], app="shop", level="info"))
    assert batch.fields[0].level is Level.ERROR


def test_line_is_kept_as_it_came() -> None:
    line = '{"level":30,"msg":"user \\"login\\""}\tend'
    assert list(decoded(a_push([str(AT_NS), line])).lines) == [line]


@pytest.mark.parametrize("kind", ["application/x-protobuf", "", "text/plain", "application/octet-stream"])
def test_message_is_read_whatever_its_type_says(kind: str) -> None:
    batch = decoded(a_message('{app="shop", level="error"}', b"one", b"two"), kind)
    assert list(batch.lines) == ["one", "two"]
    assert batch.fields[1] == Fields("shop", AT_MS, Level.ERROR)


@pytest.mark.parametrize("kind", ["application/x-protobuf", "", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("blanks", [b"", b" \r\n"])
def test_json_is_read_whatever_its_type_says(kind: str, blanks: bytes) -> None:
    assert list(decoded(blanks + a_push([str(AT_NS), "one"]), kind).lines) == ["one"]


@pytest.mark.parametrize("size", range(100, 140))
def test_message_of_any_length_is_no_json(size: int) -> None:
    """Byte 123, a length, is also an opening brace; one of these messages, and its block, begins with it."""
    message = a_message("{}", b"x" * size)
    packed = bytes(cramjam.snappy.compress_raw(message))
    assert implied_encoding("", packed) == "snappy"
    assert list(decoded(message, "").lines) == ["x" * size]


def test_json_needs_no_unpacking() -> None:
    for kind in ("", "application/json", "application/x-protobuf"):
        assert implied_encoding(kind, a_push()) == ""


def test_line_that_is_no_utf8_costs_nothing_but_itself() -> None:
    assert list(decoded(a_message("{}", b"caf\xe9", b"two"), "").lines) == ["caf\ufffd", "two"]


def test_bad_entries_are_refused_one_by_one() -> None:
    batch = decoded(a_push([str(AT_NS), "one"], "x", [1], [str(AT_NS), 5], [str(AT_NS), "two"]))
    assert list(batch.lines) == ["one", "two"]
    assert list(batch.indexes) == [0, 4]
    assert batch.rejected == [Rejected(index, RejectReason.NOT_TEXT) for index in (1, 2, 3)]


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "9" * 30, None, 1.5, "1e9", "１２"])
def test_line_without_a_usable_stamp_is_kept(stamp: object) -> None:
    batch = decoded(a_push([stamp, "a line"]))
    assert list(batch.lines) == ["a line"]
    assert batch.fields[0].timestamp_ms is None


def test_older_form_is_read() -> None:
    stream = {"labels": '{app="shop"}', "entries": [{"ts": "2026-03-01T12:00:00.123Z", "line": "a line"}]}
    batch = decoded(json.dumps({"streams": [stream]}).encode())
    assert batch.fields[0] == Fields("shop", 1_772_366_400_123)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"streams":5}', b'{"streams":[5]}', b"{", b"\x0a\xff", b"plain"]
)
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(UnprocessableBody):
        decoded(body)


def test_push_without_streams_is_nothing() -> None:
    assert list(decoded(b'{"streams":[]}').lines) == []


def test_lines_are_bounded() -> None:
    body = a_push(*([str(AT_NS), "x"] for _ in range(11)))
    assert len(decoded(body, max_lines=11).lines) == 11
    with pytest.raises(BodyTooLarge):
        decoded(body, max_lines=10)
