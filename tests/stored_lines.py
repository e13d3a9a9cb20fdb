"""What the ledger holds while nobody scores."""

from __future__ import annotations

import time

from shared.store.claims import BlockEntry
from shared.store.connection import connect
from shared.store.ledger import Ledger


def stored_events(redis_url: str) -> int:
    """How many events were ever accepted."""
    with connect(redis_url, timeout_s=20) as redis:
        return Ledger(redis).totals().get("events", 0)


def stored_blocks(redis_url: str) -> dict[str, list[BlockEntry]]:
    """Stream -> blocks in order. Once, at the end: it takes a lease on every stream."""
    with connect(redis_url, timeout_s=20) as redis:
        ledger = Ledger(redis)
        claims = ledger.claim(time.time_ns() // 10**6 + 60_000, 1, 10**7, 10**5)
        return {
            claim.stream: [entry for entry in entries if isinstance(entry, BlockEntry)]
            for claim, entries in zip(claims, ledger.read_many(claims), strict=True)
        }


def stored_lines(redis_url: str) -> dict[str, list[str]]:
    """Stream -> texts in order. Once, at the end."""
    return {
        stream: [text for entry in entries for text in entry.block.texts]
        for stream, entries in stored_blocks(redis_url).items()
    }
