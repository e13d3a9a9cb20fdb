"""The ledger: the one truth at run time, kept in Redis by a handful of short scripts.

A stream is a log: ``head`` events accepted, ``cursor`` events finished, blocks of text between. Whoever accepts
lines calls ``accept_push``; whoever scores them loops claim, read, fold and score, commit (or release).
What may fail: StoreUnavailable when Redis is away, Overloaded when it is full or too much waits.
Every method is safe to call from several threads; ``now_ms`` is the caller's clock, in ms since the epoch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from redis import Redis

from shared.core.records import Verdict, VerdictState
from shared.errors import LoglynxError, Overloaded
from shared.store import jobs, keyspace
from shared.store.baselines import StreamBaselines, read_baselines
from shared.store.claims import Claim, LogEntry, Outcome, claim_from_reply
from shared.store.connection import Client, speaking_to_redis
from shared.store.flag_records import encode_flag
from shared.store.jobs import JobView
from shared.store.prepared_pushes import PreparedPush, acceptance_of, prepare
from shared.store.pressure import MemoryGauge
from shared.store.pushes import Acceptance, Push
from shared.store.reading import read_entries
from shared.store.scripts import Scripts
from shared.store.verdicts import encode_verdicts, iter_verdicts
from shared.telemetry import Refusal, count_refusal

ATTEMPTS_BEFORE_HALVING: Final = 5
_FLUSH_BATCH: Final = 200
_MAX_REASON: Final = 300
_NO_ROOM_TO_ARCHIVE: Final = 2


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    """Bounds that keep Redis from filling up.

    max_pending_events    accept_push answers Overloaded above this many unfinished events
    memory_ceiling        and above this share of maxmemory (0..1), before Redis itself refuses
    flag_ttl_s            how long a flag's text is kept
    kept_verdict_events   verdicts of this many most recent events are kept per stream
    kept_flags            flags listed per stream
    archive_bytes         what may wait for the archiver; beyond it windows are not archived, and counted
    """

    max_pending_events: int = 2_000_000
    memory_ceiling: float = 0.8
    flag_ttl_s: int = 30 * 86_400
    kept_verdict_events: int = 500_000
    kept_flags: int = 10_000
    archive_bytes: int = 32 * 2**20


class Ledger:
    """See the module's docstring. ``chance``: n -> n random bytes, for job ids."""

    def __init__(
        self, redis: Redis, limits: LedgerLimits | None = None, chance: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._redis: Client = redis
        self._limits = limits or LedgerLimits()
        self._chance = chance
        self._scripts = Scripts(redis)
        self._memory = MemoryGauge(redis)

    # --- the front door -------------------------------------------------------------------------------------------

    def accept_push(self, push: Push, now_ms: int) -> Acceptance:
        """Append the push's blocks to their streams, once; what it returns is in the append-only file.

        Raises IdempotencyConflict (same key, other body digest), Overloaded, StoreUnavailable.
        """
        self._refuse_when_full(now_ms)
        ready = self.prepare(push, now_ms)
        return acceptance_of(ready.job_id, self._scripts.run("accept_push", *ready.call))

    def accept_prepared(self, pushes: Sequence[PreparedPush], now_ms: int) -> list[Acceptance | Exception]:
        """The same for several in one round trip: for each its acceptance, or what ``accept_push`` would raise.

        Raises Overloaded and StoreUnavailable where that is true of all.
        """
        self._refuse_when_full(now_ms)
        outcomes: list[Acceptance | Exception] = []
        replies = self._scripts.run_each("accept_push", [push.call for push in pushes])
        for push, reply in zip(pushes, replies, strict=True):
            try:
                outcomes.append(reply if isinstance(reply, Exception) else acceptance_of(push.job_id, reply))
            except LoglynxError as error:
                outcomes.append(error)
        return outcomes

    def _refuse_when_full(self, now_ms: int) -> None:
        if self._memory.share(now_ms) > self._limits.memory_ceiling:
            raise Overloaded("redis is nearly full")

    def prepare(self, push: Push, now_ms: int) -> PreparedPush:
        """A push with its job's id, encoded; asks nothing of Redis."""
        job_id = jobs.new_job_id(now_ms, self._chance)
        return prepare(push, job_id, now_ms, self._limits.max_pending_events)

    def read_job(self, job_id: str, now_ms: int) -> JobView:
        """Raises JobUnknown, JobExpired."""
        return jobs.read_job(self._redis, job_id, now_ms)

    # --- the worker's side ----------------------------------------------------------------------------------------

    def claim(self, now_ms: int, lease_ms: int, max_events: int, max_streams: int, worker: str = "") -> list[Claim]:
        """Lease due streams, oldest first, up to ``max_events`` new events in all."""
        reply = self._scripts.run(
            "claim",
            [keyspace.DUE],
            [
                now_ms,
                now_ms + lease_ms,
                max_events,
                max_streams,
                worker,
                keyspace.stream(""),
                ATTEMPTS_BEFORE_HALVING,
            ],
        )
        return [claim_from_reply(fields) for fields in reply]

    def read(self, claim: Claim) -> list[LogEntry]:
        """Blocks from ``claim.cursor`` on, cut to the claim, and the flush marks not yet folded, in log order."""
        return self.read_many([claim])[0]

    def read_many(self, claims: Sequence[Claim]) -> list[list[LogEntry]]:
        """``read`` for many claims in one round trip where the blocks are of usual size."""
        return read_entries(self._redis, claims)

    def commit(self, claim: Claim, outcome: Outcome, now_ms: int) -> bool:
        """Write everything of ``outcome`` at once. False: the lease went to another worker; nothing was written.

        Raises ValueError if the outcome goes beyond the claim.
        """
        state = outcome.state
        if not claim.folded <= state.next_seq <= claim.folded + claim.limit or state.stream != claim.stream:
            raise ValueError(f"the outcome does not fit the claim on {claim.stream}")
        flags: list[Any] = []
        for flag in outcome.flags:
            flags += [flag.window_id, flag.verdict.seqs[-1], encode_flag(flag)]
        written = self._scripts.run(
            "commit",
            [
                keyspace.DUE,
                keyspace.stream(claim.stream),
                keyspace.blocks(claim.stream),
                keyspace.verdicts(claim.stream),
                keyspace.baseline(claim.stream),
                keyspace.flags(claim.stream),
                keyspace.TOTALS,
                keyspace.DEAD,
                keyspace.FLAGS_DUE,
                keyspace.ARCHIVE_WINDOWS,
                keyspace.ARCHIVE_BYTES,
                keyspace.ARCHIVE_WANTED,
                *(keyspace.flag(flag.window_id) for flag in outcome.flags),
            ],
            [
                claim.stream,
                claim.token,
                now_ms,
                state.to_json(),
                state.next_seq,
                state.marks,
                state.needed_from,
                encode_verdicts(outcome.verdicts) if outcome.verdicts else b"",
                len(outcome.verdicts),
                sum(verdict.state is VerdictState.FAILED for verdict in outcome.verdicts),
                len(outcome.baselines),
                self._limits.flag_ttl_s,
                self._limits.kept_verdict_events,
                self._limits.kept_flags,
                outcome.archived,
                self._limits.archive_bytes,
                *(part for name, blob in outcome.baselines.items() for part in (name, blob or b"")),
                *flags,
                *(msgspec.json.encode(letter) for letter in outcome.dead),
            ],
        )
        if not written:
            count_refusal("store", Refusal.STALE_COMMIT)
        elif outcome.dead:
            count_refusal("store", Refusal.DEAD_LETTER, len(outcome.dead))
        if written == _NO_ROOM_TO_ARCHIVE:
            count_refusal("store", Refusal.ARCHIVE_FULL, len(outcome.verdicts))
        return bool(written)

    def release(self, claim: Claim, reason: str, now_ms: int, backoff_ms: int = 0) -> bool:
        """Give up an attempt that failed; the stream is due again after ``backoff_ms``. False: lease already lost."""
        arguments = [claim.stream, claim.token, now_ms + backoff_ms, reason[:_MAX_REASON]]
        return bool(self._scripts.run("release", [keyspace.DUE, keyspace.stream(claim.stream)], arguments))

    def read_baselines(self, stream: str) -> StreamBaselines:
        """Whatever is kept of the stream's baselines."""
        return read_baselines(self._redis, stream)

    # --- the reaper's side ----------------------------------------------------------------------------------------

    def flush_idle(self, now_ms: int, idle_ms: int) -> int:
        """Append a flush mark to each stream with unfinished events and no push for ``idle_ms``; how many."""
        appended: int = 0
        while True:
            looked_at, marks = self._scripts.run(
                "flush_idle",
                [keyspace.DUE, keyspace.OPEN],
                [now_ms, now_ms - idle_ms, _FLUSH_BATCH, keyspace.stream(""), keyspace.blocks("")],
            )
            appended += marks
            if looked_at < _FLUSH_BATCH:
                return appended

    def is_due(self, now_ms: int) -> bool:
        """Is there a stream to claim?"""
        return self._is_any_due(keyspace.DUE, now_ms)

    def has_due_flags(self, now_ms: int) -> bool:
        """Is there a flag waiting for the analyzer?"""
        return self._is_any_due(keyspace.FLAGS_DUE, now_ms)

    def _is_any_due(self, key: str, now_ms: int) -> bool:
        with speaking_to_redis():
            return bool(self._redis.zrangebyscore(key, "-inf", now_ms, start=0, num=1))

    # --- numbers --------------------------------------------------------------------------------------------------

    def pending_events(self) -> int:
        """Events accepted and not yet finished."""
        totals = self.totals()
        return totals.get("events", 0) - totals.get("scored", 0)

    def memory_use(self) -> float:
        """Share of maxmemory in use, 0..1; 0.0 if Redis has no limit."""
        return self._memory.measure()

    def totals(self) -> dict[str, int]:
        """Counters that only grow: lines, events, scored, windows, flags, failed, dead, jobs, replays, refused_*."""
        with speaking_to_redis():
            return {name.decode(): int(count) for name, count in self._redis.hgetall(keyspace.TOTALS).items()}

    def verdicts(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Verdict]:
        """Kept verdicts of windows that hold an event from ``first`` to ``last`` (inclusive), in order of commit."""
        return iter_verdicts(self._redis, stream, first, last)
