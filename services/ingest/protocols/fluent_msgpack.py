"""Records in msgpack as Fluent Bit and Fluentd write them: one after the other, with or without a time before each.

In: the plain body. Out: ``(at_ns or None, record)`` in order; a record is None where there is something else. Forms:
``[[time, metadata], record]``, ``[time, record]``, ``record``; a time is an EventTime (extension 0: seconds and
nanoseconds, four bytes each), msgpack's own Timestamp or a number. Text that is not UTF-8 is decoded like any line.
Fails with UnprocessableBody (no msgpack, or cut short before the first record), BodyTooLarge.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgpack

from services.ingest.protocols.msgpack_values import event_time, readable_record, time_ns
from shared.errors import BodyTooLarge, UnprocessableBody
from shared.web.problems import PublicDetail

Timed = tuple[int | None, dict[str, Any] | None]
MAX_RECORD_BYTES = 1 << 20  # bounds the objects that one record can become
MAX_ITEMS = 10_000
STEP_BYTES = 1 << 16
NOT_MSGPACK = PublicDetail("The body is not msgpack records")
TOO_LARGE = PublicDetail("A record is larger than 1 MiB")


def timed_records(body: bytes) -> Iterator[Timed]:
    """Every record; what follows a break is one that is None."""
    unpacker = msgpack.Unpacker(
        raw=False,
        unicode_errors="surrogateescape",
        strict_map_key=False,
        max_array_len=MAX_ITEMS,
        max_map_len=MAX_ITEMS,
        ext_hook=event_time,
    )
    count = end = 0
    try:
        for start in range(0, len(body), STEP_BYTES):
            unpacker.feed(body[start : start + STEP_BYTES])
            for value in unpacker:
                count, end = count + 1, unpacker.tell()
                yield _timed(value)
            if start + STEP_BYTES - end > MAX_RECORD_BYTES:  # half a record is objects already
                raise BodyTooLarge(TOO_LARGE)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        if not count:
            raise UnprocessableBody(NOT_MSGPACK) from error
        yield None, None
        return
    if end < len(body):
        if not count:
            raise UnprocessableBody(NOT_MSGPACK)
        yield None, None


def _timed(value: object) -> Timed:
    at_ns = None
    if isinstance(value, list) and len(value) == 2:
        at, value = value
        at_ns = time_ns(at[0] if isinstance(at, list) and at else at)
    return at_ns, readable_record(value) if isinstance(value, dict) else None
