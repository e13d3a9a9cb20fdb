"""Whatever bytes a shipper sends, its decoder answers with a batch or a designed refusal, in bounded time and memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipper_recordings import Recording, beside, own

from services.ingest.batch import Batch
from services.ingest.intake import IntakeRules, take_in
from services.ingest.protocols.collectors import decode_collected
from services.ingest.protocols.datadog import decode_datadog
from services.ingest.protocols.elastic import count_actions, decode_bulk
from services.ingest.protocols.hec import decode_events, decode_raw
from services.ingest.protocols.journal_export import JournalReader
from services.ingest.protocols.loki import decode_loki, implied_encoding
from services.ingest.protocols.otlp import decode_otlp
from shared.errors import BadInput
from shared.web.decompression import DecompressionLimits, decompress

NOW = 1_795_355_000_000
MAX_LINES = 1000


def read_journal(body: bytes) -> Batch:
    """The cuts of an upload, each of them fit to be stored, as one batch."""
    reader = JournalReader(NOW)
    cuts = [cut for start in range(0, len(body), 4096) for cut in reader.feed(body[start : start + 4096])]
    cuts += reader.end()
    for cut in cuts:
        judged(partial(lambda batch, _: batch, cut.batch), b"")
    lines = [line for cut in cuts for line in cut.batch.lines]
    return Batch(lines, range(len(lines)))


Decode = Callable[[bytes], Batch]
DECODERS: dict[str, Decode] = {
    "loki": lambda body: decode_loki(body, "", NOW, MAX_LINES),
    "loki json": lambda body: decode_loki(body, "application/json", NOW, MAX_LINES),
    "otlp": lambda body: decode_otlp(body, "", MAX_LINES),
    "otlp json": lambda body: decode_otlp(body, "application/json", MAX_LINES),
    "bulk": lambda body: decode_bulk(body, "i", NOW, MAX_LINES).batch,
    "hec": lambda body: decode_events(body, NOW, MAX_LINES),
    "hec raw": lambda body: decode_raw(body, {"time": "1"}, NOW, MAX_LINES),
    "datadog": lambda body: decode_datadog(body, "", {"service": "s"}, NOW, MAX_LINES),
    "collected": lambda body: decode_collected(body, "", "/ingest", "", {}, NOW, MAX_LINES),
    "collected json": lambda body: decode_collected(body, "application/json", "/ingest", "s", {}, NOW, MAX_LINES),
    "msgpack": lambda body: decode_collected(body, "application/msgpack", "/ingest", "", {}, NOW, MAX_LINES),
    "journal": read_journal,
}
RULES = IntakeRules("s", "fixed:10")
each = pytest.mark.parametrize("name", DECODERS)
some = settings(max_examples=200, deadline=None)

KEYS = [
    "streams", "stream", "values", "labels", "entries", "ts", "line", "resourceLogs", "resource", "attributes", "key", "value",
    "scopeLogs", "scope", "name", "logRecords", "body", "stringValue", "kvlistValue", "arrayValue", "timeUnixNano", "message",
    "event", "time", "source", "sourcetype", "fields", "host", "status", "ddtags", "date", "stream", "MESSAGE",
    "severityNumber", "index", "create", "update", "delete", "doc", "_index", "_id", "@timestamp", "log", "level", "service",
]  # fmt: skip
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(KEYS)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


def judged(decode: Decode, body: bytes) -> Batch | None:
    """The batch, fit to be stored; None for a designed refusal. Anything else fails."""
    try:
        batch = decode(body)
    except BadInput:
        return None
    assert len(batch.lines) == len(batch.indexes)
    assert list(batch.indexes) == sorted(set(batch.indexes))
    assert not set(batch.indexes) & {item.index for item in batch.rejected}
    assert set(batch.fields) <= set(range(len(batch.lines)))
    intake = take_in(batch, RULES, NOW)
    assert intake.lines + len(intake.rejected) == batch.received
    return batch


@each
@some
@given(st.binary(max_size=300))
def test_any_bytes(name: str, body: bytes) -> None:
    judged(DECODERS[name], body)
    count_actions(body)


@each
@some
@given(st.lists(values, min_size=1, max_size=4))
def test_json_of_the_right_words_in_the_wrong_places(name: str, parts: list[Any]) -> None:
    judged(DECODERS[name], "\n".join(json.dumps(part) for part in parts).encode())


RECORDED = {r.name: r for r in own() + beside() if r.messages is not None}


def plain(recording: Recording) -> tuple[Decode, bytes] | None:
    body, path, kind = recording.plain_body(), recording.path, recording.header("content-type")
    if "_bulk" in path:
        return DECODERS["bulk"], body
    if "/v1/logs" in path:
        return lambda data: decode_otlp(data, kind, MAX_LINES), body
    if path.startswith("/services"):
        return DECODERS["hec"], body
    if path.startswith("/api/v2"):
        return DECODERS["datadog"], body
    if path.startswith("/ingest"):
        return lambda data: decode_collected(data, kind, path, "", {}, NOW, MAX_LINES), body
    if path == "/upload":
        return read_journal, body
    if "loki" in path:
        if not recording.header("content-encoding"):
            body = decompress(body, implied_encoding(kind, body), DecompressionLimits())
        return lambda data: decode_loki(data, kind, NOW, MAX_LINES), body
    return None


READABLE = {name: found for name, recording in RECORDED.items() if (found := plain(recording))}


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(READABLE)), st.data())
def test_recordings_cut_short_or_with_a_byte_changed(name: str, data: st.DataObject) -> None:
    decode, body = READABLE[name]
    cut = data.draw(st.integers(0, len(body)))
    judged(decode, body[:cut])
    at, byte = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 255))
    judged(decode, body[:at] + bytes([byte]) + body[at + 1 :])


@some
@given(st.binary(max_size=300))
def test_any_bytes_as_snappy(body: bytes) -> None:
    with suppress(BadInput):
        decompress(body, "snappy", DecompressionLimits(max_bytes=10**6))


MANY = 200_000
HOSTILE: dict[str, bytes] = {
    "deep arrays": b"[" * MANY,
    "deep objects": b'{"streams":' * MANY,
    "deep streams": b'{"streams":[' + b"[" * MANY,
    "deep any values": b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":'
    + b'{"arrayValue":{"values":[' * 5000,
    "many streams": b'{"streams":[' + b"{}," * MANY + b"{}]}",
    "many lines": b"{}\n" * MANY,
    "blank lines": b"\n" * MANY * 10,
    "many actions": b'{"index":{}}\n' * MANY,
    "deletes": b'{"delete":{"_id":"1"}}\n' * MANY,
    "one long line": b'{"index":{}}\n{"message":"' + b"x" * 10**7 + b'"}',
    "many messages": b"\x0a\x00" * MANY,
    "deep messages": b"\x0a\x7f" * MANY,
    "zeros": bytes(10**6),
    "quotes": b'{"' * MANY,
    "escapes": b'{"a":"' + b"\\" * MANY,
    "concatenated": b"{}" * MANY,
    "concatenated events": b'{"event":"}{"}' * MANY,
    "half a seam": b'{"event":"}{' * MANY,
    "many arrays": b"[]" * MANY,
    "empty maps": b"\x80" * MANY,
    "deep msgpack": b"\x91" * MANY,
    "arrays in one record": b"\x81\xa1x" + b"\xdc\x27\x10" * 50 + b"\x90" * 10**6,
    "journal entries": b"A=\n\n" * MANY,
    "journal fields": b"MESSAGE=x\n" * MANY,
    "journal binary": b"MESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00x\n" * MANY,
    "long number": b'{"streams":[{"values":[[' + b"9" * MANY + b',"x"]]}]}',
}


@each
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_body_costs_bounded_time_and_memory(name: str, kind: str) -> None:
    body = HOSTILE[kind]
    started = time.process_time()
    tracemalloc.start()
    try:
        judged(DECODERS[name], body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 10
    assert peak < 40 * len(body) + 50 * 2**20


def test_snappy_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = bytes(cramjam.snappy.compress_raw(bytes(200 * 2**20)))
    tracemalloc.start()
    try:
        with pytest.raises(BadInput):
            decompress(bomb, "snappy", DecompressionLimits())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20
