"""Retrainings wait, are taken once, and are taken up again after a kill; not for ever."""

from __future__ import annotations

from dataclasses import replace

from redis import Redis

from shared.store.retrains import MOST_ATTEMPTS, Retrains, RunState


def test_a_run_is_taken_once_and_ends(redis_client: Redis) -> None:
    retrains = Retrains(redis_client)
    asked = retrains.ask("ann", 7.0, 1000, ("web",))
    taken = retrains.take(2000)
    assert taken is not None
    assert (taken.run_id, taken.state, taken.streams) == (asked.run_id, RunState.RUNNING, ("web",))
    assert retrains.take(2001) is None
    retrains.end(replace(taken, state=RunState.DONE, model="sha256-1"))
    assert [(run.state, run.model) for run in retrains.runs()] == [(RunState.DONE, "sha256-1")]


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
