"""OpenTelemetry's logs over HTTP, as a protobuf message or as JSON.

In: the plain body and its Content-Type, a hint only. Out: a ``Batch``: resource attributes name the stream, the scope
is the writer, a stack trace among the attributes goes below its message and the other attributes beside it. A body
that is a map is read by its ``message`` or ``msg``, a record without body by its event name and attributes. An empty
request is a batch without lines.
Fails with UnprocessableBody, BodyTooLarge (too many records or values).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from services.ingest.batch import Batch, Fields, Rejected, RejectReason, tell_apart
from services.ingest.protocols.bounds import bounded_json, bounded_message, check_count
from services.ingest.protocols.labels import Names, stream_of
from services.ingest.protocols.wire_messages import otlp, otlp_packed, parse
from shared.core.attributes import Attribute, attributes_of
from shared.core.levels import level_of_otlp_number, level_of_word
from shared.errors import UnprocessableBody
from shared.web.problems import PublicDetail

TRACE_KEY = "exception.stacktrace"
TEXT_NAMES = ("message", "msg", "log", "body", "MESSAGE", "log.record.original", "exception.message")
TEXT = Names(*TEXT_NAMES)
# Attributes that are read as something else, or that name a place in the code: they measure nothing
NOT_MEASURED = frozenset({*TEXT_NAMES, TRACE_KEY, "code.line.number", "code.lineno", "code.column.number"})
MAX_DEPTH = 32
MAX_REMEMBERED_BYTES = 128  # of a name or attribute; a hostile one may be as long as the body
MAX_NS = 2**63
NOT_LOGS = PublicDetail("Expected an ExportLogsServiceRequest")


class Record(NamedTuple):
    """One log record of either form."""

    at_ns: int
    severity: int
    severity_text: str
    body: object
    attributes: Mapping[str, object]
    event_name: str


def is_json(body: bytes, content_type: str = "") -> bool:
    """No message begins with a brace; a JSON body may begin with blanks, of which one is a message's first byte."""
    return body[:1] == b"{" or ("json" in content_type and body.lstrip()[:1] == b"{")


def decode_otlp(body: bytes, content_type: str = "", max_lines: int = 100_000) -> Batch:
    """The records of one export, in order."""
    if is_json(body, content_type):
        scopes = _json_scopes(bounded_json(body, max_lines), max_lines)
    else:
        scopes = _wire_scopes(bounded_message(otlp_packed["LogsRequest"], body, max_lines), max_lines)
    lines: list[str] = []
    indexes: list[int] = []
    fields: dict[int, Fields] = {}
    rejected: list[Rejected] = []
    stamps: list[int] = []
    index = -1
    for number, (stream, writer, records) in enumerate(scopes, 1):
        check_count(number, max_lines)
        for record in records:
            index += 1
            check_count(index + 1, max_lines)
            text = _text(record) if record else ""
            if record is None or not text:
                rejected.append(Rejected(index, RejectReason.NOT_TEXT if record is None else RejectReason.EMPTY))
                continue
            if record.at_ns:
                stamps.append(record.at_ns)
            level = level_of_otlp_number(record.severity) if record.severity else None
            if level is None and record.severity_text:
                level = level_of_word(record.severity_text)
            at_ms = record.at_ns // 1_000_000 or None
            fields[len(lines)] = Fields(stream, at_ms, level, writer, *_beside(record, text))
            lines.append(text)
            indexes.append(index)
    return Batch(lines, indexes, fields, rejected, tell_apart(stamps))


def _beside(record: Record, text: str) -> tuple[str, tuple[Attribute, ...]]:
    """The stack trace, unless the message holds it, and the attributes; a body that is a map is among them."""
    said = record.attributes
    trace = said.get(TRACE_KEY)
    if isinstance(record.body, dict):
        said = {**record.body, **said}
    if not said or record.body is None:
        return "", ()
    is_new = isinstance(trace, str) and trace not in text
    return str(trace) if is_new else "", attributes_of(said, NOT_MEASURED)


def _text(record: Record) -> str:
    """The message: the body's text, or what a map or the attributes say in its stead."""
    body = record.body
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        return TEXT.text_in(body) or (_as_json(body) if body else "")
    if body is not None:
        return _as_json(body)
    pairs = [f"{key}={_plain(value)}" for key, value in record.attributes.items() if key != TRACE_KEY]
    return TEXT.text_in(record.attributes) or " ".join([record.event_name, *pairs]).strip()


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _plain(value: object) -> str:
    return value if isinstance(value, str) else _as_json(value)


# --- the protobuf form ---------------------------------------------------------------------------------------------


def _wire_scopes(message: Any, max_lines: int) -> Iterator[tuple[str, str, Iterator[Record | None]]]:
    check_count(len(message.resource_logs), max_lines)
    for resource_logs in message.resource_logs:
        stream = stream_of(_wire_map(resource_logs.resource.attributes))
        for scope_logs in resource_logs.scope_logs:
            writer = scope_logs.scope.name.decode("utf-8", "replace")
            yield stream, writer, map(_wire_record, scope_logs.log_records)


def _wire_record(record: Any) -> Record:
    body = record.body
    text = body.string_value
    return Record(
        record.time_unix_nano or record.observed_time_unix_nano,
        record.severity_number,
        _name(record.severity_text),
        text.decode("utf-8", "replace") if text else _wire_value(body, 0),
        dict(map(_attribute, record.attributes)),
        _name(record.event_name),
    )


def _attribute(packed: bytes) -> tuple[str, object]:
    """A record's attribute from its own bytes: the same few come again and again."""
    return _remembered_attribute(packed) if len(packed) <= MAX_REMEMBERED_BYTES else _unpacked(packed)


def _unpacked(packed: bytes) -> tuple[str, object]:
    pair = parse(otlp["KeyValue"], packed)
    return _name(pair.key), _wire_value(pair.value, 0)


_remembered_attribute = lru_cache(maxsize=4096)(_unpacked)


def _wire_map(pairs: Iterable[Any], depth: int = 0) -> dict[str, object]:
    return {_name(pair.key): _wire_value(pair.value, depth) for pair in pairs}


def _name(key: bytes) -> str:
    return _remembered_name(key) if len(key) <= MAX_REMEMBERED_BYTES else key.decode("utf-8", "replace")


@lru_cache(maxsize=4096)
def _remembered_name(key: bytes) -> str:
    return key.decode("utf-8", "replace")


def _wire_value(value: Any, depth: int) -> object:
    kind = value.WhichOneof("value")
    if kind is None or depth > MAX_DEPTH:
        return None
    found = getattr(value, kind)
    if kind in ("string_value", "bytes_value"):
        return found.decode("utf-8", "replace")
    if kind == "array_value":
        return [_wire_value(item, depth + 1) for item in found.values]
    return _wire_map(found.values, depth + 1) if kind == "kvlist_value" else found


# --- the JSON form -------------------------------------------------------------------------------------------------


def _json_scopes(value: object, max_lines: int) -> Iterator[tuple[str, str, Iterator[Record | None]]]:
    if not isinstance(value, dict):
        raise UnprocessableBody(NOT_LOGS)
    for number, resource_logs in enumerate(_dicts(value.get("resourceLogs")), 1):
        check_count(number, max_lines)
        resource = resource_logs.get("resource")
        stream = stream_of(_json_map(resource.get("attributes")) if isinstance(resource, dict) else {})
        for scope_logs in _dicts(resource_logs.get("scopeLogs")):
            scope = scope_logs.get("scope")
            writer = scope.get("name") if isinstance(scope, dict) else ""
            records = scope_logs.get("logRecords")
            found = map(_json_record, records) if isinstance(records, list) else iter(())
            yield stream, writer if isinstance(writer, str) else "", found


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    """The objects of an array; null and absence are an empty one. Raises UnprocessableBody for anything else."""
    for item in value if isinstance(value, list) else () if value is None else (value,):
        if not isinstance(item, dict):
            raise UnprocessableBody(NOT_LOGS)
        yield item


def _json_record(record: object) -> Record | None:
    if not isinstance(record, dict):
        return None
    severity_text, event_name = record.get("severityText"), record.get("eventName")
    return Record(
        _integer(record.get("timeUnixNano")) or _integer(record.get("observedTimeUnixNano")),
        _integer(record.get("severityNumber")),
        severity_text if isinstance(severity_text, str) else "",
        _json_value(record.get("body"), 0),
        _json_map(record.get("attributes")),
        event_name if isinstance(event_name, str) else "",
    )


def _json_map(pairs: object, depth: int = 0) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, dict) and isinstance(key := pair.get("key"), str):
            found[key] = _json_value(pair.get("value"), depth)
    return found


def _json_value(value: object, depth: int) -> object:
    """What an AnyValue says; a value that is given bare, against the specification, stands for itself."""
    if depth > MAX_DEPTH:
        return None
    if not isinstance(value, dict):
        return value
    for kind, found in value.items():
        if kind == "kvlistValue":
            return _json_map(found.get("values") if isinstance(found, dict) else None, depth + 1)
        if kind == "arrayValue":
            items = found.get("values") if isinstance(found, dict) else None
            return [_json_value(item, depth + 1) for item in items] if isinstance(items, list) else []
        if kind == "intValue":
            return _integer(found)
        if kind in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
            return found
    return None


def _integer(value: object) -> int:
    """64-bit integers come as numbers or as text; 0 for anything else."""
    if isinstance(value, str):
        sign, digits = (-1, value[1:]) if value.startswith("-") else (1, value)
        return sign * int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 19 else 0
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_NS else 0
