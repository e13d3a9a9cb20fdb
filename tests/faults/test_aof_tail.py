"""A torn append-only file costs the torn part and nothing else: each push in it is there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ledger_history import Attempted, Seen, violations

from shared.core.records import Flag, FlaggedEvent, Verdict, VerdictState
from shared.core.windowing import EventRef, Flush, Item, WindowRule, advance
from shared.store import keyspace
from shared.store.blocks import Block
from shared.store.claims import FlushEntry, Outcome
from shared.store.connection import connect
from shared.store.flag_records import decode_flag
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart

NOW = 1_800_000_000_000
PUSHES = 30


def push(ledger: Ledger, number: int) -> Attempted:
    events = tuple(f"e{number}-{i}" for i in range(number % 4 + 1))
    block = Block(NOW, list(events), [1] * len(events))
    ledger.accept_push(Push([StreamPart("s", "fixed:5", block)], len(events), "d", f"k{number}"), NOW)
    return Attempted("s", events, False)


def work(ledger: Ledger, now_ms: int, max_events: int = 1000) -> None:
    for claim in ledger.claim(now_ms, 1000, max_events, 10):
        items: list[Item] = []
        texts: dict[int, str] = {}
        for entry in ledger.read(claim):
            if isinstance(entry, FlushEntry):
                items.append(Flush())
                continue
            texts.update(enumerate(entry.block.texts, entry.first_seq))
        items[:0] = [EventRef(seq, NOW) for seq in sorted(texts) if seq >= claim.folded]
        windows, state = advance(WindowRule.parse(claim.rule), claim.state, items)
        verdicts = [Verdict(w.window_id, w.stream, w.seqs, VerdictState.FLAGGED, 1, 1, 0, "m", 0) for w in windows]
        flags = [Flag(v, tuple(FlaggedEvent(1, seq, texts[seq], "") for seq in v.seqs), NOW) for v in verdicts]
        assert ledger.commit(claim, Outcome(state, verdicts, flags), now_ms)


def append_only_file(directory: Path) -> Path:
    (found,) = [path for path in directory.rglob("*.aof") if ".base." not in path.name]
    return found


@pytest.mark.parametrize("torn_bytes", [1, 17, 150, 700, 1500, 4000])
def test_torn_tail_tears_no_push_and_no_commit(redis_servers: Callable[..., Any], torn_bytes: int) -> None:
    server = redis_servers()
    ledger = Ledger(connect(server.url, timeout_s=20))
    attempts = []
    for number in range(PUSHES):
        attempts.append(push(ledger, number))
        if number % 3 == 2:
            work(ledger, NOW, max_events=7)
    server.kill()
    path = append_only_file(server.directory)
    path.write_bytes(path.read_bytes()[:-torn_bytes])
    server.start()
    redis = connect(server.url, timeout_s=20)
    ledger = Ledger(redis)
    for number in range(PUSHES):
        push(ledger, number)  # every sender that saw no answer sends again
    now = NOW + 10_000
    for _ in range(20):
        ledger.flush_idle(now, 0)
        work(ledger, now)
        now += 10_000
    windows = []
    for verdict in ledger.verdicts("s"):
        raw: Any = redis.get(keyspace.flag(verdict.window_id))
        windows.append(Seen(verdict.window_id, verdict.seqs, tuple(e.text for e in decode_flag(raw).events)))
    acked = [Attempted(a.stream, a.events, True) for a in attempts]
    assert violations(acked, {"s": windows}, max_size=5) == []
    totals = ledger.totals()
    assert totals["events"] == totals["scored"] == sum(len(a.events) for a in attempts)
    assert totals["jobs"] == PUSHES
    redis.close()
