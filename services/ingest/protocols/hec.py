"""Splunk's HTTP Event Collector: events as objects strung together, or raw lines.

In: the plain body; for raw lines also what the address says of them all. Out: a ``Batch``. An event is a text or a
record; an object without ``event`` is taken for the event itself, as Fluent Bit sends it. What is no event is refused
by itself: the clients of this protocol send what was refused as a whole again, and more with it each time.
Fails with UnprocessableBody (nothing readable, no data), BodyTooLarge (too many events or values).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.ingest.batch import Batch, Fields, RejectReason
from services.ingest.protocols.bounds import check_count
from services.ingest.protocols.json_values import json_values
from services.ingest.protocols.labels import SERVICE, level_of, stream_of, writer_of
from services.ingest.protocols.record_batches import RecordBatch
from shared.core.decoding import decode_bytes, split_lines
from shared.core.structured import read_record
from shared.errors import UnprocessableBody
from shared.web.problems import PublicDetail

NO_DATA = PublicDetail("The body is empty")
ENVELOPE_KEYS = frozenset({"time", "host", "source", "sourcetype", "index", "fields", "event"})
# Types that say how a text is written and not what it is about.
PLAIN_SOURCETYPES = frozenset({"json", "_json", "httpevent", "generic_single_line", "text", "manual"})
MAX_SECONDS = 10**11
NS_DIGITS, SECOND_NS = 9, 1_000_000_000


class NoData(UnprocessableBody):
    """The body has no event at all; the protocol has a code of its own for that."""


def decode_events(body: bytes, received_ms: int = 0, max_lines: int = 100_000) -> Batch:
    """The events of one request to ``/services/collector/event``."""
    values = json_values(body, max_lines)
    if not values:
        raise NoData(NO_DATA)
    growing = RecordBatch(received_ms)
    for value in values:
        if isinstance(value, dict) and value:
            _add_event(growing, value)
        else:
            growing.add_value(value)
    return growing.batch()


def decode_raw(body: bytes, said: Mapping[str, str], received_ms: int = 0, max_lines: int = 100_000) -> Batch:
    """The lines of one request to ``/services/collector/raw``; ``said`` is its query."""
    if not body or body.isspace():
        raise NoData(NO_DATA)
    lines = split_lines(decode_bytes(body))
    check_count(len(lines), max_lines)
    at_ns = _nanoseconds(said.get("time"))
    fields = Fields(_stream(said, {}), None if at_ns is None else at_ns // 1_000_000)
    growing = RecordBatch(received_ms)
    for line in lines:
        growing.add(line, fields, at_ns)
    return growing.batch()


def _add_event(growing: RecordBatch, envelope: dict[str, Any]) -> None:
    event = envelope.get("event")
    if event is None and not ENVELOPE_KEYS.issuperset(envelope):
        growing.add_record(envelope)
        return
    at_ns = _nanoseconds(envelope.get("time"))
    at_ms = None if at_ns is None else at_ns // 1_000_000
    beside = envelope.get("fields")
    labels: Mapping[str, Any] = beside if isinstance(beside, dict) else {}
    if isinstance(event, dict) and event:
        record = _unwrapped(event)
        read = read_record(record, growing.received_ms)
        level = level_of(labels) if read.level is None else read.level
        at_ms = read.at_ms if at_ms is None else at_ms
        source = read.source or writer_of(record)
        stream = _stream(envelope, {**labels, **record})
        growing.add(read.message, Fields(stream, at_ms, level, source, attributes=read.attributes), at_ns)
    elif isinstance(event, str | int | float) and not isinstance(event, bool):
        text = event if isinstance(event, str) else str(event)
        growing.add(text, Fields(_stream(envelope, labels), at_ms, level_of(labels), writer_of(labels)), at_ns)
    else:
        growing.refuse(RejectReason.EMPTY if event in (None, {}, []) else RejectReason.NOT_TEXT)


def _unwrapped(event: dict[str, Any]) -> dict[str, Any]:
    """The record within an event: Docker keeps it under ``line``, loggers of Node.js under ``message``."""
    for key in ("message", "line"):
        inner = event.get(key)
        if isinstance(inner, dict):
            return {**{name: value for name, value in event.items() if name != key}, **inner}
    if isinstance(event.get("line"), str) and "message" not in event:  # "source" is the pipe it came from
        outer = {name: value for name, value in event.items() if name not in ("line", "source", "tag")}
        return {**outer, "message": event["line"]}
    return event


def _stream(envelope: Mapping[str, Any], labels: Mapping[str, Any]) -> str:
    """The service, else the source, else a telling source type, else the host."""
    service = stream_of(labels) if SERVICE.text_in(labels) else ""
    source, kind, host = (envelope.get(key) for key in ("source", "sourcetype", "host"))
    if isinstance(kind, str) and kind in PLAIN_SOURCETYPES:
        kind = ""
    return service or next((name for name in (source, kind, host) if isinstance(name, str) and name), "")


def _nanoseconds(value: object) -> int | None:
    """Seconds since the epoch, as a number or a text, exact to the nanosecond where the text is."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    whole, _, fraction = str(value).strip().partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= len(str(MAX_SECONDS))):
        return None
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        return None
    seconds = int(whole)
    if seconds > MAX_SECONDS:
        return None
    return seconds * SECOND_NS + int(fraction[:NS_DIGITS].ljust(NS_DIGITS, "0") or 0)
