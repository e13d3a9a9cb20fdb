"""The trainer's worker: what was asked for is done or has failed, once; by itself only when it is time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from redis import Redis

from loglynx.retraining.dataset import DAY_MS
from loglynx.retraining.worker import SCHEDULE, RetrainQueued, ask_by_schedule
from services.trainer.settings import TrainerSettings
from shared.artefacts.registry import ModelRegistry
from shared.store.doorbell import Doorbell, DoorbellWorker
from shared.store.retrains import Retrains, RunState

NOW = 1_800_000_000_000


def test_a_run_without_an_archive_fails_with_its_reason(redis_client: Redis, tmp_path: Path) -> None:
    """Through the doorbell, as live: the job names `retrain` and nothing else."""
    retrains = Retrains(redis_client)
    retrains.ask("ann", 7.0, NOW)
    settings = TrainerSettings(archive=tmp_path / "none")
    work = RetrainQueued(retrains, ModelRegistry(tmp_path / "registry"), settings, lambda: NOW + 1)
    Doorbell(redis_client).ring("trainer")
    assert DoorbellWorker("trainer", {"retrain": work}, redis_client).run(burst=True) == 0
    (run,) = retrains.runs()
    assert (run.state, run.ended_ms) == (RunState.FAILED, NOW + 1)
    assert "archive" in run.error
    assert work() == 0


def test_the_schedule_asks_when_it_is_time_and_never_twice(redis_client: Redis) -> None:
    retrains, settings = Retrains(redis_client), TrainerSettings(every_days=7)
    assert ask_by_schedule(retrains, settings, NOW)
    assert not ask_by_schedule(retrains, settings, NOW + 30 * DAY_MS), "one still waits"
    taken = retrains.take(NOW)
    assert taken is not None
    assert taken.asked_by == SCHEDULE
    retrains.end(replace(taken, state=RunState.DONE))
    assert not ask_by_schedule(retrains, settings, NOW + 6 * DAY_MS)
    assert ask_by_schedule(retrains, settings, NOW + 7 * DAY_MS)
