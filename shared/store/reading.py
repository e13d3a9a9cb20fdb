"""How a claim's part of a stream's log is read: blocks and flush marks, cut to what the claim is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import structlog

from shared.store import keyspace
from shared.store.blocks import Block, BlockDamaged, decode_block
from shared.store.claims import BlockEntry, Claim, FlushEntry, LogEntry
from shared.store.connection import Client, speaking_to_redis
from shared.telemetry import Refusal, count_refusal

FIRST_BATCH: Final = 32
DAMAGED_TEXT: Final = "[block damaged]"

_Raw = tuple[bytes, dict[bytes, bytes]]
_log = structlog.get_logger()


def read_entries(redis: Client, claims: Sequence[Claim]) -> list[list[LogEntry]]:
    """For each claim its log entries, in log order. One round trip unless a claim spans very many small blocks."""
    with speaking_to_redis():
        pipeline = redis.pipeline(transaction=False)
        for claim in claims:
            pipeline.xrange(keyspace.blocks(claim.stream), f"{claim.cursor}-1", "+", count=FIRST_BATCH)
        return [
            _select(claim, _all(redis, claim, raw)) for claim, raw in zip(claims, pipeline.execute(), strict=True)
        ]


def _all(redis: Client, claim: Claim, raw: list[_Raw]) -> Iterable[_Raw]:
    """The batch in hand, then larger and larger ones for as long as somebody asks."""
    count = FIRST_BATCH
    while True:
        yield from raw
        if len(raw) < count:
            return
        count *= 4
        raw = redis.xrange(keyspace.blocks(claim.stream), b"(" + raw[-1][0], "+", count=count)


def _select(claim: Claim, raw: Iterable[_Raw]) -> list[LogEntry]:
    """Marks already folded are skipped; a claim that stands alone gets its first mark or its event, never both."""
    entries: list[LogEntry] = []
    stop = claim.folded + claim.limit
    for entry_id, fields in raw:
        position, mark = map(int, entry_id.split(b"-"))
        if mark:
            if (position, mark) <= (claim.folded, claim.state.marks) or position > stop:
                continue
            if claim.is_alone and position > claim.folded:
                break
            entries.append(FlushEntry(fields.get(b"r", b"").decode()))
            if claim.is_alone:
                break
            continue
        first = position - int(fields[b"n"])
        if first >= stop:
            break
        block = _decode(claim, fields, position - first)
        low, high = max(claim.cursor, first), min(stop, position)
        if low < high:
            entries.append(BlockEntry(low, _cut(block, low - first, high - first)))
    return entries


def _decode(claim: Claim, fields: dict[bytes, bytes], events: int) -> Block:
    """A damaged block still counts its events: their text says what happened to them."""
    try:
        block = decode_block(fields[b"b"])
        if len(block) == events:
            return block
    except BlockDamaged:
        pass
    _log.error("block_damaged", stream=claim.stream, events=events)
    count_refusal("store", Refusal.INTERNAL, events)
    return Block(received_ms=0, texts=[DAMAGED_TEXT] * events, line_counts=[1] * events)


def _cut(block: Block, low: int, high: int) -> Block:
    if low == 0 and high == len(block):
        return block
    return msgspec.structs.replace(
        block,
        texts=block.texts[low:high],
        line_counts=block.line_counts[low:high],
        timestamps=block.timestamps and block.timestamps[low:high],
        levels=block.levels and block.levels[low:high],
        sources=block.sources and block.sources[low:high],
    )
