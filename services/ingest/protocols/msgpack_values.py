"""What Fluentd's kin put into msgpack beside plain values: times of their own, and texts that may be no UTF-8.

In: values of an unpacker with ``raw=False, unicode_errors="surrogateescape", ext_hook=event_time``, which keeps every
byte. Out: values that can be read like a JSON record's. Never raises.
"""

from __future__ import annotations

from typing import Any

import msgpack

from shared.core.calendar import epoch_ms
from shared.core.decoding import decode_bytes

EVENT_TIME, EVENT_TIME_BYTES = 0, 8
MAX_DEPTH = 8
MAX_NS = 5 * 10**18


class EventTime:
    """The extension that Fluent Bit and Fluentd write times as: seconds and nanoseconds, four bytes each."""

    __slots__ = ("at_ns",)

    def __init__(self, data: bytes) -> None:
        self.at_ns = int.from_bytes(data[:4], "big") * 10**9 + int.from_bytes(data[4:], "big")


def event_time(code: int, data: bytes) -> EventTime | None:
    """The unpacker's ``ext_hook``; None for every other extension."""
    return EventTime(data) if code == EVENT_TIME and len(data) == EVENT_TIME_BYTES else None


TIMES = (int, float, EventTime, msgpack.Timestamp)


def time_ns(value: object) -> int | None:
    """A time in ns, before 2128; None for what is none, and for zero. Units of numbers: ``epoch_ms``."""
    if isinstance(value, EventTime | msgpack.Timestamp):
        at_ns = value.at_ns if isinstance(value, EventTime) else int(value.to_unix_nano())
        return at_ns if 0 < at_ns < MAX_NS else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    at_ms = epoch_ms(value)
    if at_ms is None:
        return None
    is_seconds = int(value) == at_ms // 1000
    return round(value * 1e6) * 1000 if is_seconds else at_ms * 1_000_000  # a double holds microseconds


def readable_record(record: dict[Any, Any], depth: int = 0) -> dict[str, Any]:
    """The record with texts that can be read; names that are no text are left out."""
    return {
        readable_text(key): _readable(value, depth + 1)
        for key, value in record.items()
        if isinstance(key, str | bytes)
    }


def _readable(value: object, depth: int) -> object:
    if isinstance(value, str | bytes):
        return readable_text(value)
    if isinstance(value, dict):
        return readable_record(value, depth) if depth < MAX_DEPTH else None
    if isinstance(value, list):
        return [_readable(item, depth + 1) for item in value] if depth < MAX_DEPTH else None
    return value if isinstance(value, int | float | bool) else None


def readable_text(text: str | bytes) -> str:
    """Bytes that are not UTF-8 are decoded like those of any line."""
    if isinstance(text, bytes):
        return decode_bytes(text)
    if text.isascii() or not any("\udc80" <= char <= "\udcff" for char in text):
        return text
    return decode_bytes(text.encode("utf-8", "surrogateescape"))
