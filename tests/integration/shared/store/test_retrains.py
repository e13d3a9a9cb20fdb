"""Retrainings wait, are taken once, and are taken up again after a kill; not for ever."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from shared.store.retrains import MOST_ATTEMPTS, Retrains, RunState


class Killed(BaseException):
    """As kill -9 would leave it: nothing after this runs."""


def test_a_run_is_taken_once_and_ends(redis_client: Redis) -> None:
    retrains = Retrains(redis_client)
    asked = retrains.ask("ann", 7.0, 1000, ("web",))
    taken = retrains.take(2000)
    assert taken is not None
    assert (taken.run_id, taken.state, taken.streams) == (asked.run_id, RunState.RUNNING, ("web",))
    assert retrains.take(2001) is None
    retrains.end(replace(taken, state=RunState.DONE, model="sha256-1"))
    assert [(run.state, run.model) for run in retrains.runs()] == [(RunState.DONE, "sha256-1")]


def test_who_has_waited_longest_is_next(redis_client: Redis) -> None:
    retrains = Retrains(redis_client)
    asked = [retrains.ask("ann", 7.0, at_ms).run_id for at_ms in (3000, 1000, 2000)]
    assert [run and run.run_id for run in (retrains.take(4000) for _ in range(4))] == [
        asked[1], asked[2], asked[0], None,
    ]  # fmt: skip


@pytest.mark.parametrize("writes", range(1, 4))
def test_a_kill_after_any_write_loses_no_run(
    redis_client: Redis, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Asking, taking, a first kill, waiting again: after each command to Redis that changes something."""
    retrains, left = Retrains(redis_client), writes
    retrains.ask("ann", 7.0, 1000)
    send = redis_client.execute_command

    def send_until_killed(*command: Any, **options: Any) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        reply = send(*command, **options)
        left -= command[0] not in ("HVALS", "HGET")
        return reply

    monkeypatch.setattr(redis_client, "execute_command", send_until_killed)
    with contextlib.suppress(Killed):
        retrains.take(2000)
        retrains.take_up_left(3000)
    monkeypatch.undo()
    retrains.take_up_left(4000)
    taken = retrains.take(5000)
    assert taken is not None
    assert taken.asked_ms == 1000


def test_what_a_killed_worker_had_is_taken_up_a_few_times(redis_client: Redis) -> None:
    retrains = Retrains(redis_client)
    retrains.ask("ann", 7.0, 1000)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        taken = retrains.take(attempt)
        assert taken is not None
        assert taken.attempts == attempt
        assert Retrains(redis_client).take_up_left(attempt) == 1
    assert retrains.take(9) is None
    (run,) = retrains.runs()
    assert run.state is RunState.FAILED
    assert "killed" in run.error
