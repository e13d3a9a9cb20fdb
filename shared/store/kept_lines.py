"""The lines of a stream that the ledger still holds: what waits to be scored and what open windows need.

The ledger forgets text once it is judged, so this is a stream's latest part, not its history.
What may fail: StoreUnavailable when Redis is away. Damaged blocks are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.store import keyspace
from shared.store.blocks import BlockDamaged, decode_block
from shared.store.connection import Client, speaking_to_redis

_AT_ONCE: Final = 64


def kept_lines(redis: Client, stream: str) -> Iterator[tuple[int, str, int]]:
    """Each event's position, its text and its time in ms, or that of its receipt; oldest first."""
    after = b"-"
    while True:
        with speaking_to_redis():
            entries = redis.xrange(keyspace.blocks(stream), after, "+", count=_AT_ONCE)
        for entry_id, fields in entries:
            if b"b" not in fields:
                continue  # a flush mark
            try:
                block = decode_block(fields[b"b"])
            except BlockDamaged:
                continue
            times = block.timestamps or [None] * len(block)
            first = int(entry_id.split(b"-")[0]) - len(block)
            for seq, (text, at_ms) in enumerate(zip(block.texts, times, strict=True), first):
                yield seq, text, block.received_ms if at_ms is None else at_ms
        if len(entries) < _AT_ONCE:
            return
        after = b"(" + entries[-1][0]
