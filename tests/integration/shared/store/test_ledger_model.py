"""The real ledger against a plain-Python model: any order of pushes, claims, commits, losses and delays.

LOGLYNX_HYPOTHESIS_PROFILE=long runs 2 000 histories of 50 steps instead of a few; only it shortens a failing history
(which takes minutes).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from shared.core.records import Flag, Verdict, VerdictState, Window
from shared.core.windowing import EventRef, Flush, FoldState, Item, WindowRule, advance, empty_state, key_finder
from shared.errors import IdempotencyConflict
from shared.store.blocks import Block
from shared.store.claims import BlockEntry, Claim, FlushEntry, Outcome
from shared.store.jobs import JobState
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart

RULES = ["fixed:3", "sliding:4:1", "sliding:4:3", "time:2", "session:block:2", "adaptive:2:5:1"]
STREAMS = ["a", "b", "c"]
START = 1_800_000_000_000
IS_LONG = os.environ.get("LOGLYNX_HYPOTHESIS_PROFILE") == "long"
PROFILE = settings(
    max_examples=2000 if IS_LONG else 25,
    stateful_step_count=50,
    phases=list(Phase) if IS_LONG else [Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class ModelStream:
    """What a stream must be: its whole log, and what of it is finished."""

    rule: str
    first_rule: str
    log: list[Item] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    marks: int = 0
    cursor: int = 0
    folded: int = 0
    folded_marks: int = 0
    pushed_ms: int | None = None
    due_ms: int | None = None
    holder: int = 0
    token: int = 0
    windows: list[Window] = field(default_factory=list)

    @property
    def head(self) -> int:
        return len(self.texts)

    def has_work(self) -> bool:
        return (self.folded, self.folded_marks) < (self.head, self.marks)

    def become_due(self, now_ms: int) -> None:
        self.due_ms = now_ms if self.due_ms is None else self.due_ms


@dataclass
class Attempt:
    """A claim in the hands of a worker that has folded it and not yet committed."""

    claim: Claim
    windows: list[Window]
    state: FoldState


class LedgerMachine(RuleBasedStateMachine):
    """``redis`` is set by the test."""

    redis: Redis

    @initialize(stream_rules=st.tuples(*[st.sampled_from(RULES)] * len(STREAMS)))
    def begin(self, stream_rules: tuple[str, ...]) -> None:
        self.redis.flushdb()
        self.ids = 0
        self.ledger = Ledger(self.redis, chance=self.next_id)
        self.now = START
        self.rules = dict(zip(STREAMS, stream_rules, strict=True))
        self.model: dict[str, ModelStream] = {}
        self.jobs: dict[str, list[tuple[str, int, int]]] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.attempts: list[Attempt] = []
        self.lines = 0
        self.uid = 0

    def next_id(self, length: int) -> bytes:
        """Job ids name the streams of sequences, and streams are claimed by name among equals: no chance here."""
        self.ids += 1
        return self.ids.to_bytes(length)

    # --- the front door -------------------------------------------------------------------------------------------

    def block(self, count: int, gaps: Sequence[int], key: int) -> Block:
        texts, times = [], []
        at = self.now
        for i in range(count):
            self.uid += 1
            at += gaps[i % len(gaps)]
            texts.append(f"event {self.uid} blk_{(self.uid * 7 + key) % 3}")
            times.append(at)
        return Block(self.now, texts, [1] * count, timestamps=list(times))

    @rule(
        names=st.lists(st.sampled_from(STREAMS), min_size=1, max_size=2, unique=True),
        count=st.integers(1, 7),
        gaps=st.lists(st.sampled_from([0, 300, 1500, 4000, -2500]), min_size=1, max_size=3),
        key=st.sampled_from([None, None, "k1", "k2", "k3"]),
        digest=st.sampled_from(["d1", "d1", "d2"]),
        new_rule=st.one_of(st.none(), st.none(), st.none(), st.sampled_from(RULES)),
    )
    def push(
        self, names: list[str], count: int, gaps: list[int], key: str | None, digest: str, new_rule: str | None
    ) -> None:
        rules = {name: new_rule or self.rules[name] for name in names}
        parts = [StreamPart(name, rules[name], self.block(count, gaps, i)) for i, name in enumerate(names)]
        push = Push(parts, lines=count * len(names), body_digest=digest, idempotency_key=key)
        known = self.keys.get(key) if key else None
        if known and known[0] != digest:
            with pytest.raises(IdempotencyConflict):
                self.ledger.accept_push(push, self.now)
            return
        acceptance = self.ledger.accept_push(push, self.now)
        if known:
            assert acceptance.is_replay and acceptance.job_id == known[1]
            return
        assert not acceptance.is_replay and acceptance.job_id not in self.jobs
        if key:
            self.keys[key] = (digest, acceptance.job_id)
        self.rules.update(rules)
        self.lines += push.lines
        self.jobs[acceptance.job_id] = [self.append(part) for part in parts]

    @rule(count=st.integers(1, 4), sequences=st.integers(1, 2))
    def push_sequences(self, count: int, sequences: int) -> None:
        parts = [StreamPart("x", "whole", self.block(count, [0], 0)) for _ in range(sequences)]
        push = Push(parts, lines=count * sequences, is_sequence=True)
        job_id = self.ledger.accept_push(push, self.now).job_id
        self.lines += push.lines
        self.jobs[job_id] = [self.append(part) for part in push.placed(job_id)]
        for part in push.placed(job_id):
            stream = self.model[part.stream]
            stream.log.append(Flush())
            stream.marks, stream.pushed_ms = 1, None

    def append(self, part: StreamPart) -> tuple[str, int, int]:
        stream = self.model.setdefault(part.stream, ModelStream(part.rule, part.rule))
        if stream.rule != part.rule:
            stream.rule = part.rule
            stream.log.append(Flush(part.rule))
        first = stream.head
        find = key_finder(WindowRule.parse(part.rule))
        for text, at in zip(part.block.texts, part.block.timestamps or [], strict=True):
            assert at is not None
            stream.log.append(EventRef(stream.head, at, find(text)))
            stream.texts.append(text)
            stream.times.append(at)
        stream.marks, stream.pushed_ms = 0, self.now
        stream.become_due(self.now)
        return part.stream, first, stream.head

    # --- the workers ----------------------------------------------------------------------------------------------

    @rule(
        lease_ms=st.sampled_from([1000, 3000]),
        max_events=st.sampled_from([1, 4, 10_000]),
        max_streams=st.integers(1, 5),
    )
    def claim(self, lease_ms: int, max_events: int, max_streams: int) -> None:
        due = sorted(
            (s.due_ms, name) for name, s in self.model.items() if s.due_ms is not None and s.due_ms <= self.now
        )
        claims = self.ledger.claim(self.now, lease_ms, max_events, max_streams)
        names = [claim.stream for claim in claims]
        assert names == [name for _, name in due][: len(names)]
        assert names or not due
        if max_events == 10_000:
            assert len(names) == min(len(due), max_streams)
        assert sum(claim.limit for claim in claims) <= max_events
        for claim, entries in zip(claims, self.ledger.read_many(claims), strict=True):
            stream = self.model[claim.stream]
            assert claim.token > stream.token
            stream.token = stream.holder = claim.token
            stream.due_ms = self.now + lease_ms
            assert (claim.cursor, claim.folded, claim.state.marks) == (
                stream.cursor,
                stream.folded,
                stream.folded_marks,
            )
            texts = {
                e.first_seq + i: t for e in entries if isinstance(e, BlockEntry) for i, t in enumerate(e.block.texts)
            }
            stop = max(texts, default=claim.cursor - 1) + 1
            assert texts == {seq: stream.texts[seq] for seq in range(claim.cursor, stop)}
            if not claim.is_alone:
                assert stop == claim.folded + claim.limit
            self.attempts.append(Attempt(claim, *self.fold(claim, entries)))

    @staticmethod
    def fold(claim: Claim, entries: Sequence[object]) -> tuple[list[Window], FoldState]:
        items: list[Item] = []
        find = key_finder(WindowRule.parse(claim.rule))
        for entry in entries:
            if isinstance(entry, FlushEntry):
                items.append(Flush(entry.rule))
                find = key_finder(WindowRule.parse(entry.rule)) if entry.rule else find
            elif isinstance(entry, BlockEntry):
                block = entry.block
                for i, (text, at) in enumerate(zip(block.texts, block.timestamps or [], strict=True)):
                    if entry.first_seq + i >= claim.folded:
                        items.append(EventRef(entry.first_seq + i, at or 0, find(text)))
        return advance(WindowRule.parse(claim.rule), claim.state, items)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), is_flagged=st.booleans())
    def commit(self, data: st.DataObject, is_flagged: bool) -> None:
        attempt = self.attempts.pop(data.draw(st.integers(0, len(self.attempts) - 1)))
        stream = self.model[attempt.claim.stream]
        state = VerdictState.FLAGGED if is_flagged else VerdictState.NORMAL
        if attempt.claim.is_last_resort:
            state = VerdictState.FAILED
        verdicts = [Verdict(w.window_id, w.stream, w.seqs, state, 0.5, 1.0, 1.0, "m", 0) for w in attempt.windows]
        flags = [Flag(verdict, (), self.now) for verdict in verdicts if verdict.state is VerdictState.FLAGGED]
        held = stream.holder == attempt.claim.token
        assert self.ledger.commit(attempt.claim, Outcome(attempt.state, verdicts, flags), self.now) == held
        if held:
            stream.windows += attempt.windows
            stream.folded, stream.folded_marks = attempt.state.next_seq, attempt.state.marks
            stream.cursor, stream.holder = attempt.state.needed_from, 0
            stream.due_ms = self.now if stream.has_work() else None
            windows, _ = fold_whole(attempt.claim.stream, stream)
            assert stream.windows == windows[: len(stream.windows)]

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), backoff_ms=st.sampled_from([0, 2000]))
    def release(self, data: st.DataObject, backoff_ms: int) -> None:
        attempt = self.attempts.pop(data.draw(st.integers(0, len(self.attempts) - 1)))
        stream = self.model[attempt.claim.stream]
        held = stream.holder == attempt.claim.token
        assert self.ledger.release(attempt.claim, "failed", self.now, backoff_ms) == held
        if held:
            stream.holder, stream.due_ms = 0, self.now + backoff_ms

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def worker_vanishes(self, data: st.DataObject) -> None:
        self.attempts.pop(data.draw(st.integers(0, len(self.attempts) - 1)))

    @precondition(lambda self: self.attempts)
    @rule()
    def twins_come_after_the_lease(self) -> None:
        """Those who hold claims are slow, not dead: their commits and releases are still to come."""
        self.now += 3000
        self.claim(1000, 10_000, 5)

    @precondition(lambda self: self.attempts)
    @rule()
    def streams_fall_idle_while_claimed(self) -> None:
        self.flush_idle(0)

    # --- time and the reaper --------------------------------------------------------------------------------------

    @rule(ms=st.sampled_from([1, 500, 1000, 5000]))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @rule(idle_ms=st.sampled_from([0, 1000, 3000]))
    def flush_idle(self, idle_ms: int) -> None:
        expected = 0
        for stream in self.model.values():
            if stream.pushed_ms is None or stream.pushed_ms > self.now - idle_ms:
                continue
            stream.pushed_ms = None
            if stream.cursor < stream.head and not stream.marks:
                stream.log.append(Flush())
                stream.marks = 1
                stream.become_due(self.now)
                expected += 1
        assert self.ledger.flush_idle(self.now, idle_ms) == expected

    # --- what must always hold ------------------------------------------------------------------------------------

    @invariant()
    def totals_add_up(self) -> None:
        streams = self.model.values()
        totals = self.ledger.totals()
        assert totals.get("lines", 0) == self.lines
        assert totals.get("events", 0) == sum(stream.head for stream in streams)
        assert totals.get("scored", 0) == sum(stream.cursor for stream in streams)
        assert totals.get("windows", 0) == sum(len(stream.windows) for stream in streams)
        assert totals.get("jobs", 0) == len(self.jobs)
        assert self.ledger.pending_events() == sum(stream.head - stream.cursor for stream in streams)
        assert self.ledger.is_due(self.now) == any(
            stream.due_ms is not None and stream.due_ms <= self.now for stream in streams
        )

    @invariant()
    def recent_job_is_done_exactly_when_its_events_are(self) -> None:
        self.check_jobs(list(self.jobs)[-2:])

    def check_jobs(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            parts = self.jobs[job_id]
            view = self.ledger.read_job(job_id, self.now)
            scored = sum(max(0, min(self.model[name].cursor, end) - first) for name, first, end in parts)
            assert view.events_scored == scored
            assert view.events_total == sum(end - first for _, first, end in parts)
            is_finished = all(self.model[name].cursor >= end for name, _, end in parts)
            assert (view.state not in (JobState.QUEUED, JobState.SCORING)) == is_finished
            if is_finished:
                held = [
                    window
                    for name, first, end in parts
                    for window in self.model[name].windows
                    if any(first <= seq < end for seq in window.seqs)
                ]
                assert view.windows == len(held)

    def teardown(self) -> None:
        """Everybody dies; then one honest worker and the reaper finish: nothing is lost, nothing is there twice."""
        if not hasattr(self, "ledger"):
            return
        self.attempts.clear()
        for _ in range(1000):
            self.now += 10_000
            self.flush_idle(0)
            self.claim(1000, 10_000, 5)
            if not self.attempts:
                break
            for attempt in self.attempts:
                stream = self.model[attempt.claim.stream]
                state = VerdictState.FAILED if attempt.claim.is_last_resort else VerdictState.NORMAL
                verdicts = [
                    Verdict(w.window_id, w.stream, w.seqs, state, 0.5, 1.0, 1.0, "m", 0) for w in attempt.windows
                ]
                assert self.ledger.commit(attempt.claim, Outcome(attempt.state, verdicts), self.now)
                stream.windows += attempt.windows
                stream.folded, stream.folded_marks = attempt.state.next_seq, attempt.state.marks
                stream.cursor, stream.holder = attempt.state.needed_from, 0
                stream.due_ms = self.now if stream.has_work() else None
            self.attempts.clear()
        self.totals_add_up()
        self.check_jobs(list(self.jobs))
        assert self.ledger.pending_events() == 0
        for name, stream in self.model.items():
            windows, state = fold_whole(name, stream)
            assert stream.windows == windows
            assert state.open == ()
            kept = [(verdict.window_id, verdict.seqs) for verdict in self.ledger.verdicts(name)]
            assert kept == [(window.window_id, window.seqs) for window in windows]
            assert {seq for _, seqs in kept for seq in seqs} == set(range(stream.head))
        assert not self.ledger.is_due(self.now + 10**9)


def fold_whole(name: str, stream: ModelStream) -> tuple[list[Window], FoldState]:
    first = WindowRule.parse(stream.first_rule)
    return advance(first, empty_state(first, name), stream.log)


@pytest.mark.timeout(7200 if IS_LONG else 120)
def test_ledger_does_what_the_model_says(redis_client: Redis) -> None:
    run_state_machine_as_test(type("Machine", (LedgerMachine,), {"redis": redis_client}), settings=PROFILE)
