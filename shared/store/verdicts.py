"""Verdicts as they lie in Redis: those of one commit are one zstd-compressed msgpack list.

In: Verdicts. Out: bytes, and back; per-event surprises are kept as 32-bit floats. BlockDamaged for a damaged blob.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec
import structlog

from shared.core.records import Verdict
from shared.store import keyspace
from shared.store.blocks import BlockDamaged, compress, decompress
from shared.store.connection import Client, speaking_to_redis

_BATCH: Final = 100

_log = structlog.get_logger()


class _Record(msgspec.Struct, frozen=True, array_like=True):
    verdict: Verdict
    surprise: bytes


_decoder = msgspec.msgpack.Decoder(list[_Record])


def encode_verdicts(verdicts: Sequence[Verdict]) -> bytes:
    records = [_Record(replace(v, event_surprise=()), array("f", v.event_surprise).tobytes()) for v in verdicts]
    return compress(msgspec.msgpack.encode(records))


def decode_verdicts(blob: bytes) -> list[Verdict]:
    """Raises BlockDamaged."""
    try:
        records = _decoder.decode(decompress(blob))
        return [replace(r.verdict, event_surprise=tuple(array("f", r.surprise))) for r in records]
    except (msgspec.MsgspecError, ValueError) as error:
        raise BlockDamaged("not a list of verdicts") from error


def iter_verdicts(redis: Client, stream: str, first: int, last: int | None) -> Iterator[Verdict]:
    """Kept verdicts of windows that hold an event from ``first`` to ``last`` (inclusive), in order of commit.

    A window that holds ``first`` closes after it, so entries up to there need no look; once a commit's cursor is past
    ``last``, no later entry can hold it.
    """
    start: bytes | str = f"{first + 1}-0"
    while True:
        with speaking_to_redis():
            entries = redis.xrange(keyspace.verdicts(stream), start, "+", count=_BATCH)
        for _, fields in entries:
            for verdict in _decode_kept(stream, fields):
                if verdict.seqs[-1] >= first and (last is None or _holds_any(verdict.seqs, first, last)):
                    yield verdict
            if last is not None and int(fields[b"c"]) > last:
                return
        if len(entries) < _BATCH:
            return
        start = b"(" + entries[-1][0]


def _decode_kept(stream: str, fields: dict[bytes, bytes]) -> list[Verdict]:
    try:
        return decode_verdicts(fields[b"v"])
    except BlockDamaged:
        _log.error("verdicts_damaged", stream=stream)
        return []


def _holds_any(seqs: Sequence[int], first: int, last: int) -> bool:
    index = bisect_left(seqs, first)
    return index < len(seqs) and seqs[index] <= last
