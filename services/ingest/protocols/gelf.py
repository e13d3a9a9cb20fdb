"""One GELF message: JSON, perhaps gzip or zlib, with ``short_message``, ``full_message`` and ``_fields``.

In: a whole message, chunks already joined. Out: a Received; the full message is kept below the short one, or instead
of it where it begins with it. Fails with UnprocessableBody, BadInput (broken compression), BodyTooLarge.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.ingest.batch import Fields
from services.ingest.protocols.labels import stream_of
from services.ingest.protocols.received import Received
from shared.core.structured import read_record
from shared.errors import UnprocessableBody
from shared.web.decompression import DecompressionLimits, decompress
from shared.web.json_bodies import decode_json
from shared.web.problems import PublicDetail

NOT_GELF = PublicDetail("Expected a JSON object with short_message")
# What Docker adds of the container itself: the same in every line, or different in every container.
_OF_CONTAINER = frozenset({
    "container_id", "image_id", "image_name", "command", "created", "tag", "container_name", "facility", "file",
    "line", "host",
})  # fmt: skip


def decode_gelf(data: bytes, received_ms: int, limits: DecompressionLimits) -> Received:
    """The record of one message."""
    if data[:2] == b"\x1f\x8b":
        data = decompress(data, "gzip", limits)
    elif data[:1] == b"\x78" and len(data) > 1 and int.from_bytes(data[:2], "big") % 31 == 0:
        data = decompress(data, "deflate", limits)
    value = decode_json(data)
    if not isinstance(value, dict):
        raise UnprocessableBody(NOT_GELF)
    record = {name.removeprefix("_"): item for name, item in value.items() if name not in ("version", "full_message")}
    short, full = value.get("short_message"), value.get("full_message")
    short = short if isinstance(short, str) else ""
    full = full if isinstance(full, str) else ""
    if not short and not full:
        raise UnprocessableBody(NOT_GELF)
    own = {name: item for name, item in record.items() if name not in _OF_CONTAINER}
    own["short_message"] = short or full
    read = read_record(own, received_ms)
    line, details = _texts(read.message, short, full)
    return Received(line, Fields(_stream(record), read.at_ms, read.level, read.source, details, read.attributes))


def _texts(message: str, short: str, full: str) -> tuple[str, str]:
    if not full or full == short:
        return message, ""
    return (full, "") if full.startswith(short) else (message, full)


def _stream(record: Mapping[str, object]) -> str:
    name = record.get("container_name")
    labels = {**record, "container_name": name.lstrip("/")} if isinstance(name, str) else record
    return stream_of(labels)
