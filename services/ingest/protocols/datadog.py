"""Datadog's log intake: an array of records, one record, or text.

In: the plain body and what the address says of all its records (``ddsource``, ``ddtags``, ``hostname``, ``service``).
Out: a ``Batch``: ``service`` names the stream (with the namespace of its ``ddtags``), else ``ddsource``, else the
host; ``status`` is the level where it is a word. ``{}`` is how the agent asks whether anybody is there: a batch
without lines. Fails with UnprocessableBody, BodyTooLarge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.ingest.batch import Batch, Fields
from services.ingest.protocols.bounds import check_count
from services.ingest.protocols.json_values import json_values
from services.ingest.protocols.labels import writer_of
from services.ingest.protocols.record_batches import RecordBatch, is_fine
from shared.core.decoding import decode_bytes, split_lines
from shared.core.levels import level_of_word
from shared.core.structured import read_record

NAMESPACE_TAGS = ("kube_namespace:", "namespace:")
SERVICE_TAGS = ("service:", "kube_deployment:", "kube_stateful_set:", "kube_daemon_set:", "container_name:")
OWN_KEYS = frozenset({"ddsource", "ddtags", "hostname", "service"})


def decode_datadog(
    body: bytes, content_type: str, said: Mapping[str, str], received_ms: int = 0, max_lines: int = 100_000
) -> Batch:
    """The records of one request."""
    growing = RecordBatch(received_ms)
    said = {key: value for key, value in said.items() if key in OWN_KEYS}  # the address may hold the API key
    start = body.lstrip(b" \t\r\n")[:1]
    if start not in (b"", b"[", b"{") or (start == b"[" and "text/plain" in content_type):
        lines = split_lines(decode_bytes(body))
        check_count(len(lines), max_lines)
        fields = Fields(_stream(said), None, None, said.get("ddsource", ""))
        for line in lines:
            growing.add(line, fields)
        return growing.batch()
    for value in json_values(body, max_lines):
        if isinstance(value, dict):
            if value:
                _add(growing, {**said, **value})
        elif isinstance(value, str):
            growing.add(value, Fields(_stream(said)))
        elif value != []:
            growing.add_value(value)
    return growing.batch()


def _add(growing: RecordBatch, record: dict[str, Any]) -> None:
    status = record.get("status")
    is_level = isinstance(status, str) and (level := level_of_word(status)) is not None
    rest = {key: value for key, value in record.items() if key not in OWN_KEYS and not (is_level and key == "status")}
    read = read_record(rest, growing.received_ms)
    source = writer_of(rest) or read.source or _text(record.get("ddsource"))
    fields = Fields(
        _stream(record), read.at_ms, level if is_level else read.level, source, attributes=read.attributes
    )
    at_ns = read.at_ms * 1_000_000 + 1 if read.at_ms is not None and is_fine(rest) else None
    growing.add(read.message, fields, at_ns)


def _stream(record: Mapping[str, Any]) -> str:
    tags = [tag.strip() for tag in _text(record.get("ddtags")).split(",")]
    service = _text(record.get("service")) or _tagged(tags, SERVICE_TAGS)
    if not service:
        return _text(record.get("ddsource")) or _text(record.get("hostname"))
    namespace = _tagged(tags, NAMESPACE_TAGS)
    return f"{namespace}/{service}" if namespace else service


def _tagged(tags: list[str], names: tuple[str, ...]) -> str:
    return next((tag[len(name) :] for name in names for tag in tags if tag.startswith(name) and tag != name), "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
