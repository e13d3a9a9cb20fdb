"""kill -9 of pushers, workers and Redis at random moments; then the history checker looks for losses and doubles.

LOGLYNX_FAULTS_SECONDS sets how long the killing goes on (5 by default), LOGLYNX_FAULTS_SEED repeats a schedule.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from ledger_history import Attempted, Seen, violations

from shared.core.records import Flag, FlaggedEvent, Verdict, VerdictState
from shared.core.windowing import EventRef, Flush, Item, WindowRule, advance, key_finder
from shared.errors import LoglynxError
from shared.store import keyspace
from shared.store.blocks import Block
from shared.store.claims import Claim, FlushEntry, LogEntry, Outcome
from shared.store.connection import connect
from shared.store.flag_records import decode_flag
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart

SECONDS = float(os.environ.get("LOGLYNX_FAULTS_SECONDS", "5"))
LEASE_MS = 700
STREAMS = {"plain": "fixed:5", "timed": "time:1", "sessions": "session:block:1", "adaptive": "adaptive:2:5:0.5"}
MAX_WINDOW = 256
WORKERS, PUSHERS = 2, 2

_fork = multiprocessing.get_context("fork")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def push_for_ever(url: str, history: Path, name: str) -> None:
    """Push small blocks under idempotency keys; a push without an answer is sent again, and now and then given up."""
    ledger, rng = Ledger(connect(url, timeout_s=1.0)), random.Random(name)
    with history.open("a", buffering=1) as out:
        for number in range(10**9):
            stream = rng.choice(list(STREAMS))
            events = [f"{name}-{number}-{i} blk_{rng.randrange(4)}" for i in range(rng.randint(1, 8))]
            out.write(json.dumps({"try": f"{name}-{number}", "stream": stream, "events": events}) + "\n")
            block = Block(
                now_ms(), events, [1] * len(events), timestamps=[now_ms() + i * 100 for i in range(len(events))]
            )
            push = Push([StreamPart(stream, STREAMS[stream], block)], len(events), "digest", f"{name}-{number}")
            while True:
                try:
                    ledger.accept_push(push, now_ms())
                    out.write(json.dumps({"ok": f"{name}-{number}"}) + "\n")
                    if rng.random() < 0.1:
                        ledger.accept_push(push, now_ms())  # a shipper that did not believe the first answer
                    break
                except LoglynxError:
                    if rng.random() < 0.05:
                        break
                    time.sleep(0.05)
            time.sleep(0.003)


def items_and_texts(claim: Claim, entries: list[LogEntry]) -> tuple[list[Item], dict[int, str]]:
    items: list[Item] = []
    texts: dict[int, str] = {}
    find = key_finder(WindowRule.parse(claim.rule))
    for entry in entries:
        if isinstance(entry, FlushEntry):
            items.append(Flush(entry.rule))
            continue
        times = entry.block.timestamps or []
        for i, (text, at) in enumerate(zip(entry.block.texts, times, strict=True)):
            texts[entry.first_seq + i] = text
            if entry.first_seq + i >= claim.folded:
                items.append(EventRef(entry.first_seq + i, at or 0, find(text)))
    return items, texts


def work_for_ever(url: str) -> None:
    """A worker that flags every window, so that the texts it saw are written in the same commit as the verdict."""
    ledger = Ledger(connect(url, timeout_s=1.0))
    while True:
        try:
            claims = ledger.claim(now_ms(), LEASE_MS, 60, 3, str(os.getpid()))
            for claim, entries in zip(claims, ledger.read_many(claims), strict=True):
                items, texts = items_and_texts(claim, entries)
                windows, state = advance(WindowRule.parse(claim.rule), claim.state, items)
                verdicts, flags = [], []
                for w in windows:
                    kind = VerdictState.FAILED if claim.is_last_resort else VerdictState.FLAGGED
                    verdicts.append(Verdict(w.window_id, w.stream, w.seqs, kind, 1, 1, 0, "m", 0))
                    events = tuple(FlaggedEvent(n, seq, texts[seq], "") for n, seq in enumerate(w.seqs, 1))
                    flags.append(Flag(verdicts[-1], events, now_ms()))
                time.sleep(0.002)
                ledger.commit(claim, Outcome(state, verdicts, flags), now_ms())
            if not claims:
                time.sleep(0.005)
        except LoglynxError:
            time.sleep(0.02)


def read_history(path: Path) -> list[Attempted]:
    tried: dict[str, dict[str, Any]] = {}
    acked: set[str] = set()
    for line in path.read_text().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # torn by kill -9; what is not known to be acknowledged is judged as unknown
        if "ok" in record:
            acked.add(record["ok"])
        else:
            tried[record["try"]] = record
    return [Attempted(r["stream"], tuple(r["events"]), name in acked) for name, r in tried.items()]


def read_windows(url: str) -> dict[str, list[Seen]]:
    redis = connect(url, timeout_s=20)
    ledger = Ledger(redis)
    windows: dict[str, list[Seen]] = {}
    for stream in STREAMS:
        for verdict in ledger.verdicts(stream):
            raw: Any = redis.get(keyspace.flag(verdict.window_id))
            texts = tuple(event.text for event in decode_flag(raw).events) if raw else ()
            windows.setdefault(stream, []).append(Seen(verdict.window_id, verdict.seqs, texts))
    redis.close()
    return windows


class Crew:
    """Processes that are kept alive under names; ``kill`` ends one for good and another takes its place."""

    def __init__(self) -> None:
        self.members: dict[str, BaseProcess] = {}
        self.makers: dict[str, Callable[[int], BaseProcess]] = {}
        self.kills: Counter[str] = Counter()

    def add(self, name: str, make: Callable[[int], BaseProcess]) -> None:
        self.makers[name] = make
        self.members[name] = make(0)
        self.members[name].start()

    def kill(self, name: str, replace: bool = True) -> None:
        member = self.members.pop(name)
        member.kill()
        member.join()
        self.kills[name] += 1
        if replace:
            self.members[name] = self.makers[name](self.kills[name])
            self.members[name].start()


def drain(url: str, deadline_s: float) -> None:
    """Wait until the workers have finished all there is; the reaper's part is played here."""
    redis = connect(url, timeout_s=5)
    ledger = Ledger(redis)
    deadline = time.monotonic() + deadline_s
    while ledger.pending_events() or ledger.is_due(now_ms()):
        assert time.monotonic() < deadline, f"{ledger.pending_events()} events are still pending"
        ledger.flush_idle(now_ms(), 100)
        time.sleep(0.05)
    redis.close()


def test_nothing_is_lost_or_doubled_through_kills(redis_servers: Callable[..., Any], tmp_path: Path) -> None:
    seed = int(os.environ.get("LOGLYNX_FAULTS_SEED", random.randrange(10**6)))
    print(f"LOGLYNX_FAULTS_SEED={seed}")
    rng = random.Random(seed)
    server, history, crew = redis_servers(), tmp_path / "history", Crew()
    for i in range(WORKERS):
        crew.add(f"worker{i}", lambda _: _fork.Process(target=work_for_ever, args=(server.url,), daemon=True))
    for i in range(PUSHERS):
        name = f"p{i}"
        crew.add(name, lambda n, name=name: _fork.Process(  # type: ignore[misc]
            target=push_for_ever, args=(server.url, history, f"{name}.{n}"), daemon=True,
        ))  # fmt: skip
    redis_kills = sorted(rng.uniform(0.2, 0.9) * SECONDS for _ in range(max(2, int(SECONDS / 10))))
    flusher = Ledger(connect(server.url, timeout_s=1.0))
    began = time.monotonic()
    try:
        while (elapsed := time.monotonic() - began) < SECONDS:
            if redis_kills and elapsed > redis_kills[0]:
                redis_kills.pop(0)
                server.kill()
                time.sleep(rng.uniform(0, 0.3))
                server.start()
                crew.kills["redis"] += 1
            crew.kill(rng.choice(["worker0", "worker1", "worker0", "worker1", "p0", "p1"]))
            if rng.random() < 0.3:
                flusher.flush_idle(now_ms(), 50)
            time.sleep(rng.uniform(0.02, 0.25))
        for i in range(PUSHERS):
            crew.kill(f"p{i}", replace=False)
        drain(server.url, deadline_s=60)
    finally:
        for name in list(crew.members):
            crew.kill(name, replace=False)
    attempts = read_history(history)
    acked = sum(len(attempt.events) for attempt in attempts if attempt.is_acked)
    print(f"{acked} acknowledged events, kills {dict(crew.kills)}")
    assert acked > 100 and crew.kills["redis"] >= 2
    assert violations(attempts, read_windows(server.url), MAX_WINDOW) == []
    totals = Ledger(connect(server.url)).totals()
    assert totals["events"] == totals["scored"] >= acked
