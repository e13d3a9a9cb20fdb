"""Loki's push: streams of labelled, time-stamped lines, as JSON or as a protobuf message.

In: the plain body (the snappy block is undone before, see ``implied_encoding``) and its Content-Type, a hint only.
Out: a ``Batch``; a line is the text as it came, its labels name stream, level and writer. Entries that are no entries
are refused one by one. The older JSON form with ``labels`` and ``entries`` is read as well.
Fails with UnprocessableBody (nothing readable), BodyTooLarge (too many lines or values).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.ingest.batch import Batch, Fields, Rejected, RejectReason, tell_apart
from services.ingest.protocols.bounds import bounded_json, bounded_message, check_count
from services.ingest.protocols.label_text import read_labels
from services.ingest.protocols.labels import level_of, stream_of, writer_of
from services.ingest.protocols.wire_messages import loki
from shared.core.attributes import attributes_of
from shared.core.timestamps import read_stamp
from shared.errors import UnprocessableBody
from shared.web.problems import PublicDetail

Entry = tuple[int | None, str, Mapping[str, object]]  # (ns since the epoch, line, its metadata)
NOT_A_PUSH = PublicDetail('Expected {"streams": [...]} or a snappy-compressed PushRequest')
NO_METADATA: Mapping[str, object] = {}
MAX_NS_DIGITS = 19
NOT_MEASURED = frozenset({"level", "detected_level", "severity", "severity_number", "severity_text"})


def implied_encoding(content_type: str, body: bytes) -> str:
    """How a body without Content-Encoding is packed: the protobuf form is always a snappy block."""
    return "" if _is_json(body, content_type) else "snappy"


def decode_loki(body: bytes, content_type: str = "", received_ms: int = 0, max_lines: int = 100_000) -> Batch:
    """The lines of one push."""
    if _is_json(body, content_type):
        streams = _json_streams(bounded_json(body, max_lines), received_ms)
    else:
        streams = _wire_streams(bounded_message(loki["PushRequest"], body, max_lines))
    lines: list[str] = []
    indexes: list[int] = []
    fields: dict[int, Fields] = {}
    rejected: list[Rejected] = []
    stamps: list[int] = []
    index = -1
    for number, (labels, entries) in enumerate(streams, 1):
        check_count(number, max_lines)
        name, level, writer = stream_of(labels), level_of(labels), writer_of(labels)
        for entry in entries:
            index += 1
            check_count(index + 1, max_lines)
            if entry is None:
                rejected.append(Rejected(index, RejectReason.NOT_TEXT))
                continue
            at_ns, line, metadata = entry
            own_level = level_of(metadata) if metadata else None
            at_ms = None
            if at_ns is not None:
                stamps.append(at_ns)
                at_ms = at_ns // 1_000_000
            beside = attributes_of(metadata, NOT_MEASURED) if metadata else ()
            said = Fields(name, at_ms, level if own_level is None else own_level, writer, attributes=beside)
            fields[len(lines)] = said
            lines.append(line)
            indexes.append(index)
    if rejected and not lines:
        raise UnprocessableBody(NOT_A_PUSH)
    return Batch(lines, indexes, fields, rejected, tell_apart(stamps))


def _is_json(body: bytes, content_type: str) -> bool:
    r"""By the first bytes where they leave no doubt, else by the type.

    ``{`` is 123, a length: of a snappy block, which cannot go on with one of ``"\t\r\n}``, for these would copy what
    is not there yet; of a message's first stream (behind ``\n``, its tag), which goes on with ``\n``, the labels'.
    """
    start = body.lstrip(b" \t\r\n")
    if start[:1] == b"{" and start[1:2] in (b'"', b"\t", b"\r", b"\n", b"}"):
        return "json" in content_type or start[1:2] != b"\n" or body[:1] != b"\n"
    return "json" in content_type


def _json_streams(value: object, received_ms: int) -> Iterator[tuple[Mapping[str, object], Iterator[Entry | None]]]:
    streams = value.get("streams") if isinstance(value, dict) else None
    if not isinstance(streams, list):
        raise UnprocessableBody(NOT_A_PUSH)
    for stream in streams:
        if not isinstance(stream, dict):
            yield NO_METADATA, iter([None])
        elif isinstance(entries := stream.get("entries"), list):
            labels = stream.get("labels")
            yield read_labels(labels if isinstance(labels, str) else ""), _older_entries(entries, received_ms)
        else:
            labels, values = stream.get("stream"), stream.get("values")
            labels = labels if isinstance(labels, dict) else NO_METADATA
            yield labels, _json_entries(values) if isinstance(values, list) else iter([None])


def _json_entries(values: list[Any]) -> Iterator[Entry | None]:
    for value in values:
        if not isinstance(value, list) or len(value) < 2 or not isinstance(value[1], str):
            yield None
            continue
        metadata = value[2] if len(value) > 2 and isinstance(value[2], dict) else NO_METADATA
        yield _nanoseconds(value[0]), value[1], metadata


def _older_entries(values: list[Any], received_ms: int) -> Iterator[Entry | None]:
    for value in values:
        line, at = (value.get("line"), value.get("ts")) if isinstance(value, dict) else (None, None)
        if not isinstance(line, str):
            yield None
            continue
        stamp = read_stamp(at, 0, received_ms) if isinstance(at, str) else None
        yield None if stamp is None else stamp[0] * 1_000_000, line, NO_METADATA


def _nanoseconds(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MAX_NS_DIGITS:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**MAX_NS_DIGITS:
        return value
    return None


def _wire_streams(message: Any) -> Iterator[tuple[Mapping[str, object], Iterator[Entry | None]]]:
    for stream in message.streams:
        yield read_labels(stream.labels.decode("utf-8", "replace")), _wire_entries(stream.entries)


def _wire_entries(entries: Any) -> Iterator[Entry | None]:
    for entry in entries:
        at = entry.timestamp
        at_ns = at.seconds * 1_000_000_000 + at.nanos
        metadata = entry.metadata
        named: Mapping[str, object] = (
            {pair.name.decode("utf-8", "replace"): pair.value.decode("utf-8", "replace") for pair in metadata}
            if metadata
            else NO_METADATA
        )
        yield at_ns if 0 < at_ns < 10**MAX_NS_DIGITS else None, entry.line.decode("utf-8", "replace"), named
