"""Verdicts as they lie in Redis: those of one commit are one zstd-compressed msgpack list.

In: Verdicts. Out: bytes, and back; per-event surprises are kept as 32-bit floats. BlockDamaged for a damaged blob.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from shared.core.records import Verdict
from shared.store.blocks import BlockDamaged, compress, decompress


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
