"""Retrainings that were asked for and what became of them; the doorbell says only that there is one.

A hash of runs by id; those that wait say so themselves. One worker takes them one by one; what it had taken when it
was killed waits again when it comes back, a few times. What may fail: StoreUnavailable, Overloaded.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import msgspec
from redis import Redis

from shared.store import keyspace
from shared.store.connection import speaking_to_redis

MOST_RUNS: Final = 50
MOST_ATTEMPTS: Final = 3


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One retraining. Times in ms since the epoch, 0: not yet.

    streams  () for all      asked_by  who, or what: a person, ``schedule``
    model    address of the candidate    sentence  what it would change     is_passed  by the gates; None: not asked
    """

    run_id: str
    asked_ms: int
    asked_by: str
    since_days: float
    streams: tuple[str, ...] = ()
    steps: int = 0
    state: RunState = RunState.QUEUED
    attempts: int = 0
    started_ms: int = 0
    ended_ms: int = 0
    model: str = ""
    sentence: str = ""
    is_passed: bool | None = None
    error: str = ""


class Retrains:
    """``ask`` is for whoever wants one, ``take`` and ``end`` for the worker."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    def ask(
        self, asked_by: str, since_days: float, now_ms: int, streams: tuple[str, ...] = (), steps: int = 0
    ) -> Run:
        run = Run(f"r{secrets.token_hex(8)}", now_ms, asked_by[:200], since_days, streams, steps)
        with speaking_to_redis():
            self._write(run)
        self._forget_old()
        return run

    def take(self, now_ms: int) -> Run | None:
        """The run that has waited longest, marked as running; None when none waits."""
        queued = [run for run in self.runs() if run.state is RunState.QUEUED]
        if not queued:
            return None
        run = min(queued, key=lambda run: run.asked_ms)
        started = replace(run, state=RunState.RUNNING, started_ms=now_ms, attempts=run.attempts + 1)
        with speaking_to_redis():
            self._write(started)
        return started

    def end(self, run: Run) -> None:
        with speaking_to_redis():
            self._write(run)

    def take_up_left(self, now_ms: int) -> int:
        """What a killed worker had taken waits again, or has failed for good; how many there were."""
        left = [run for run in self.runs() if run.state is RunState.RUNNING]
        with speaking_to_redis():
            for run in left:
                if run.attempts >= MOST_ATTEMPTS:
                    error = f"its worker was killed {run.attempts} times"
                    self._write(replace(run, state=RunState.FAILED, ended_ms=now_ms, error=error))
                else:
                    self._write(replace(run, state=RunState.QUEUED))
        return len(left)

    def runs(self) -> list[Run]:
        """The last asked for first."""
        with speaking_to_redis():
            found = [msgspec.json.decode(content, type=Run) for content in self._redis.hvals(keyspace.RETRAINS)]
        return sorted(found, key=lambda run: (-run.asked_ms, run.run_id))

    def _write(self, run: Run) -> None:
        self._redis.hset(keyspace.RETRAINS, run.run_id, msgspec.json.encode(run))

    def _forget_old(self) -> None:
        ended = [run for run in self.runs() if run.state in (RunState.DONE, RunState.FAILED)]
        if gone := [run.run_id for run in ended[MOST_RUNS:]]:
            with speaking_to_redis():
                self._redis.hdel(keyspace.RETRAINS, *gone)
