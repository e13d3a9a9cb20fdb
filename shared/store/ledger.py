"""The ledger: the one truth at run time, kept in Redis by a handful of short scripts.

A stream is a log: ``head`` events accepted, ``cursor`` events finished, blocks of text between. Whoever accepts
lines calls ``accept_push``; whoever scores them loops claim, read, fold and score, commit (or release).
What may fail: StoreUnavailable when Redis is away, Overloaded when it is full or too much waits.
Every method is safe to call from several threads; ``now_ms`` is the caller's clock, in ms since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redis import Redis

from shared.core.records import Verdict
from shared.store.claims import Claim, DeadLetter, LogEntry, Outcome
from shared.store.jobs import JobView
from shared.store.pushes import Acceptance, Push


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    """Bounds that keep Redis from filling up.

    max_pending_events    accept_push answers Overloaded above this many unfinished events
    memory_ceiling        and above this share of maxmemory (0..1), before Redis itself refuses
    flag_ttl_s            how long a flag's text is kept
    kept_verdict_events   verdicts of this many most recent events are kept per stream
    kept_flags            flags listed per stream
    """

    max_pending_events: int = 2_000_000
    memory_ceiling: float = 0.8
    flag_ttl_s: int = 30 * 86_400
    kept_verdict_events: int = 500_000
    kept_flags: int = 10_000


class Ledger:
    """See the module's docstring."""

    def __init__(self, redis: Redis, limits: LedgerLimits | None = None) -> None:
        raise NotImplementedError

    # --- the front door -------------------------------------------------------------------------------------------

    def accept_push(self, push: Push, now_ms: int) -> Acceptance:
        """Append the push's blocks to their streams, once; what it returns is in the append-only file.

        Raises IdempotencyConflict (same key, other body digest), Overloaded, StoreUnavailable.
        """
        raise NotImplementedError

    def read_job(self, job_id: str, now_ms: int) -> JobView:
        """Raises JobUnknown, JobExpired."""
        raise NotImplementedError

    # --- the worker's side ----------------------------------------------------------------------------------------

    def claim(self, now_ms: int, lease_ms: int, max_events: int, max_streams: int, worker: str = "") -> list[Claim]:
        """Lease due streams, oldest first, up to ``max_events`` new events in all."""
        raise NotImplementedError

    def read(self, claim: Claim) -> list[LogEntry]:
        """Blocks from ``claim.cursor`` on, cut to the claim, and the flush marks not yet folded, in log order."""
        raise NotImplementedError

    def read_many(self, claims: Sequence[Claim]) -> list[list[LogEntry]]:
        """``read`` for many claims in one round trip where the blocks are of usual size."""
        raise NotImplementedError

    def commit(self, claim: Claim, outcome: Outcome, now_ms: int) -> bool:
        """Write everything of ``outcome`` at once. False: the lease went to another worker; nothing was written."""
        raise NotImplementedError

    def release(self, claim: Claim, reason: str, now_ms: int, backoff_ms: int = 0) -> bool:
        """Give up an attempt that failed; the stream is due again after ``backoff_ms``. False: lease already lost."""
        raise NotImplementedError

    def read_baseline(self, stream: str, version: int) -> bytes | None:
        """The stream's baseline of that version; None for version 0 and for one that is no longer kept."""
        raise NotImplementedError

    # --- the reaper's side ----------------------------------------------------------------------------------------

    def flush_idle(self, now_ms: int, idle_ms: int) -> int:
        """Append a flush mark to each stream with unfinished events and no push for ``idle_ms``; how many."""
        raise NotImplementedError

    def is_due(self, now_ms: int) -> bool:
        """Is there a stream to claim?"""
        raise NotImplementedError

    def has_due_flags(self, now_ms: int) -> bool:
        """Is there a flag waiting for the analyzer?"""
        raise NotImplementedError

    # --- numbers --------------------------------------------------------------------------------------------------

    def pending_events(self) -> int:
        """Events accepted and not yet finished."""
        raise NotImplementedError

    def memory_use(self) -> float:
        """Share of maxmemory in use, 0..1; 0.0 if Redis has no limit."""
        raise NotImplementedError

    def totals(self) -> dict[str, int]:
        """Counters that only grow: lines, events, scored, windows, flags, failed, dead, jobs, replays, refused_*."""
        raise NotImplementedError

    def streams(self, count: int = 1000) -> list[str]:
        """Names of streams, the last to receive a push first. Sequences are not among them."""
        raise NotImplementedError

    def verdicts(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Verdict]:
        """Kept verdicts of windows that hold an event from ``first`` to ``last`` (inclusive), in order of commit."""
        raise NotImplementedError

    def dead_letters(self, count: int = 100) -> list[DeadLetter]:
        """The most recent dead letters, newest first."""
        raise NotImplementedError
