"""A ``Batch`` while it grows record by record, and how a record of any collector is read.

In: values as their protocol decoded them. Out: the batch; a value that is no record and no text is refused by itself.
Never raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.ingest.batch import Batch, Fields, Rejected, RejectReason, tell_apart
from services.ingest.protocols.json_values import BROKEN
from services.ingest.protocols.labels import stream_of, writer_of
from shared.core.structured import read_record

FINE_STAMP_KEYS = ("date", "time", "timestamp", "@timestamp", "ts")
CONTAINER_PIPES = frozenset({"stdout", "stderr"})  # what Docker calls "stream" is not a stream of ours
MS_DIGITS = 3


class RecordBatch:
    """``received_ms`` dates stamps without a year; ``has_id``: the shipper tells this body from any other itself."""

    def __init__(self, received_ms: int) -> None:
        self.received_ms = received_ms
        self._lines: list[str] = []
        self._indexes: list[int] = []
        self._fields: dict[int, Fields] = {}
        self._rejected: list[Rejected] = []
        self._stamps: list[int] = []
        self._count = 0

    def add(self, line: str, fields: Fields | None = None, at_ns: int | None = None) -> None:
        """One line. ``at_ns``: its stamp as finely as the shipper gave it, where that is finer than in ``fields``."""
        if fields is not None:
            self._fields[len(self._lines)] = fields
            if at_ns is None and fields.timestamp_ms is not None:
                at_ns = fields.timestamp_ms * 1_000_000
        if at_ns is not None:
            self._stamps.append(at_ns)
        self._lines.append(line)
        self._indexes.append(self._count)
        self._count += 1

    def refuse(self, reason: RejectReason) -> None:
        self._rejected.append(Rejected(self._count, reason))
        self._count += 1

    def add_value(self, value: object, stream: str = "") -> None:
        """A record, a text, or what is neither. ``stream``: what all records belong to that name none themselves."""
        if isinstance(value, dict):
            self.add_record(value, stream)
        elif isinstance(value, str):
            self.add(value, Fields(stream) if stream else None)
        else:
            self.refuse(RejectReason.NOT_JSON if value is BROKEN else RejectReason.NOT_TEXT)

    def add_record(self, record: Mapping[str, Any], stream: str = "", at_ns: int | None = None) -> None:
        """A record with the names that collectors use."""
        if not record:
            self.refuse(RejectReason.NOT_TEXT)
            return
        read = read_record(record, self.received_ms)
        own = record.get("stream")
        name = own if isinstance(own, str) and own not in CONTAINER_PIPES else ""
        name = name or stream or stream_of(record)
        at_ms = read.at_ms if at_ns is None else at_ns // 1_000_000
        if at_ns is None and read.at_ms is not None and is_fine(record):
            at_ns = read.at_ms * 1_000_000 + 1
        fields = Fields(name, at_ms, read.level, read.source or writer_of(record), attributes=read.attributes)
        self.add(read.message, fields, at_ns)

    def batch(self) -> Batch:
        return Batch(self._lines, self._indexes, self._fields, self._rejected, tell_apart(self._stamps))


def is_fine(record: Mapping[str, Any]) -> bool:
    """Whether the record's own stamp is finer than a millisecond, which ours are not."""
    for key in FINE_STAMP_KEYS:
        value = record.get(key)
        if isinstance(value, float) or (isinstance(value, str) and len(value) < 64):
            _, dot, fraction = str(value).rpartition(".")
            digits = fraction[: len(fraction) - len(fraction.lstrip("0123456789"))] if dot else ""
            if len(digits.rstrip("0")) > MS_DIGITS:
                return True
    return False
