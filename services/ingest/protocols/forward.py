"""Fluentd's Forward protocol, version 1: Message, Forward, PackedForward, CompressedPackedForward, EventTime.

In: one msgpack value off the connection. Out: its records, and the chunk id that the client wants acknowledged. The
stream is what the record's labels name as a service, else the tag. Entries that are no entries are counted.
Fails with UnprocessableBody, BadInput (broken compression), BodyTooLarge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgpack

from services.ingest.batch import Fields
from services.ingest.protocols.labels import SERVICE, stream_of
from services.ingest.protocols.msgpack_values import TIMES, event_time, readable_record, readable_text, time_ns
from services.ingest.protocols.received import Received
from shared.core.structured import read_record
from shared.errors import BodyTooLarge, UnprocessableBody
from shared.web.decompression import DecompressionLimits, decompress
from shared.web.problems import PublicDetail

NOT_FORWARD = PublicDetail("Expected a message of the Forward protocol")
TOO_MANY = PublicDetail("The message holds too many entries")
MAX_ENTRIES = 100_000
MAX_FIELDS = 10_000
MAX_CONTAINERS = 500_000  # maps and lists in one value
BROKEN = (msgpack.exceptions.UnpackException, ValueError, TypeError, RecursionError, OverflowError)


@dataclass(frozen=True, slots=True)
class ForwardMessage:
    """``bad`` entries were left out; ``chunk`` is "" when no acknowledgement is asked for."""

    records: list[Received] = field(default_factory=list)
    bad: int = 0
    chunk: str = ""


class BoundedUnpacker(msgpack.Unpacker):  # type: ignore[misc]
    """Reads values off a connection. Raises BufferFull or ValueError for one that is too large, or would become so.

    A byte of msgpack may become a whole dict: maps and lists of one value are counted while they are made.
    """

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            max_buffer_size=max_bytes,
            max_array_len=MAX_ENTRIES,
            max_map_len=MAX_FIELDS,
            raw=False,
            unicode_errors="surrogateescape",  # a packed block may come as text; it must come back byte for byte
            strict_map_key=False,
            object_hook=self._counted,
            list_hook=self._counted,
            ext_hook=event_time,
        )
        self._made = 0

    def values(self) -> Iterator[object]:
        """The whole values that are there."""
        for value in self:
            self._made = 0
            yield value

    def _counted(self, made: Any) -> Any:
        self._made += 1
        if self._made > MAX_CONTAINERS:
            raise ValueError("too many maps and lists")
        return made


def decode_forward(
    value: object, received_ms: int, limits: DecompressionLimits, max_entries: int = MAX_ENTRIES
) -> ForwardMessage:
    """The records of one message; None is a heartbeat."""
    if value is None:
        return ForwardMessage()
    if not isinstance(value, list) or len(value) < 2:
        raise UnprocessableBody(NOT_FORWARD)
    tag = _text(value[0])
    if isinstance(value[1], list) and not _is_time_with_metadata(value):
        entries: Iterable[object] = value[1]
        option = value[2] if len(value) > 2 else None
    elif isinstance(value[1], bytes | str):
        option = value[2] if len(value) > 2 else None
        entries = _unpacked(value[1], option, limits)
    else:
        if len(value) < 3:
            raise UnprocessableBody(NOT_FORWARD)
        entries = [value[1:3]]
        option = value[3] if len(value) > 3 else None
    records: list[Received] = []
    bad = 0
    for count, entry in enumerate(entries):
        if count >= max_entries:
            raise BodyTooLarge(TOO_MANY)
        record = _received(entry, tag, received_ms)
        if record is None:
            bad += 1
        else:
            records.append(record)
    return ForwardMessage(records, bad, _text(option.get("chunk")) if isinstance(option, dict) else "")


def _is_time_with_metadata(value: list[Any]) -> bool:
    """``[tag, [time, {}], {record}]``, one entry with metadata; a list of entries holds lists."""
    first = value[1][0] if value[1] else None
    return len(value) > 2 and len(value[1]) == 2 and isinstance(first, TIMES) and isinstance(value[1][1], dict)


def _unpacked(packed: bytes | str, option: object, limits: DecompressionLimits) -> Iterator[object]:
    data = packed.encode("utf-8", "surrogateescape") if isinstance(packed, str) else packed
    encoding = _text(option.get("compressed")) if isinstance(option, dict) else ""
    if encoding not in ("", "text"):
        data = decompress(data, encoding, limits)
    unpacker = BoundedUnpacker(max(len(data), 1))
    try:
        unpacker.feed(data)
        yield from unpacker.values()
    except BROKEN as error:
        raise UnprocessableBody(NOT_FORWARD) from error
    if unpacker.tell() != len(data):
        raise UnprocessableBody(NOT_FORWARD)


def _received(entry: object, tag: str, received_ms: int) -> Received | None:
    if not isinstance(entry, list) or len(entry) < 2 or not isinstance(entry[1], dict):
        return None
    at = entry[0][0] if isinstance(entry[0], list) and entry[0] else entry[0]
    record = readable_record(entry[1])
    read = read_record(record, received_ms) if record else None
    if read is None or not read.message:
        return None
    at_ns = time_ns(at)
    at_ms = read.at_ms if at_ns is None else at_ns // 1_000_000
    stream = _stream(record, tag)
    return Received(read.message.rstrip("\n"), Fields(stream, at_ms, read.level, read.source, "", read.attributes))


def _stream(record: Mapping[str, Any], tag: str) -> str:
    name = record.get("container_name")
    labels = {**record, "container_name": name.lstrip("/")} if isinstance(name, str) else record
    return stream_of(labels) if SERVICE.text_in(labels) or not tag else tag


def _text(value: object) -> str:
    if value is None:
        return ""
    return readable_text(value) if isinstance(value, str | bytes) else str(value)
