"""The trainer's worker: retrainings that were asked for, one at a time, and one by itself every so many days.

The doorbell's job names ``retrain`` and nothing else; what to do lies in the ledger (shared.store.retrains). It takes
up what a killed worker left. It publishes candidates and asks the gates; it activates nothing. One worker a stack.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from loglynx.failures import CommandFailed
from loglynx.retraining.dataset import DAY_MS, Bounds, Span
from loglynx.retraining.retrain import NOTE, Asked, labelled_cases, retrain
from services.detector.settings import DetectorSettings
from services.trainer.settings import TrainerSettings
from shared.artefacts.registry import ModelRegistry
from shared.errors import LoglynxError
from shared.heartbeat import Heartbeat
from shared.rounds import Rounds
from shared.store.connection import connect
from shared.store.doorbell import Doorbell, DoorbellWorker
from shared.store.retrains import Retrains, Run, RunState
from shared.telemetry import setup_logging

QUEUE = "trainer"
SCHEDULE = "schedule"
LOOK_EVERY_S = 2.0

log = structlog.get_logger()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class RetrainQueued:
    """Callable: run whatever waits."""

    def __init__(
        self,
        retrains: Retrains,
        registry: ModelRegistry,
        settings: TrainerSettings,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._retrains, self._registry, self._settings, self._clock = retrains, registry, settings, clock

    def __call__(self) -> int:
        done = 0
        while (run := self._retrains.take(self._clock())) is not None:
            log.info("retraining", run=run.run_id)
            self._retrains.end(replace(self._ended(run), ended_ms=self._clock()))
            done += 1
        return done

    def _ended(self, run: Run) -> Run:
        until = self._clock() - int(self._settings.settle_s * 1000)
        asked = Asked(
            self._settings.archive,
            Span(until - int(run.since_days * DAY_MS), until),
            frozenset(run.streams) or None,
            bounds_of(self._settings),
            run.steps,
            author=run.asked_by,
            command=("retrain", run.run_id),
        )
        try:
            entry, data = retrain(asked, self._registry, lambda _: None)
            from loglynx.promotion.promote import ask_gates

            report = ask_gates(self._registry, entry.address, lambda _: None, labelled_cases(data))
        except (CommandFailed, LoglynxError, OSError) as error:
            log.warning("retraining_failed", run=run.run_id, error=type(error).__name__)
            return replace(run, state=RunState.FAILED, error=str(error)[:500])
        except Exception as error:  # a run that fails must not be run for ever
            log.exception("retraining_failed", run=run.run_id)
            return replace(run, state=RunState.FAILED, error=type(error).__name__)
        sentence = entry.lineage.notes[NOTE]["replay"]["sentence"]
        return replace(run, state=RunState.DONE, model=entry.address, sentence=sentence, is_passed=report.is_passed)


def bounds_of(settings: TrainerSettings) -> Bounds:
    return Bounds(settings.key_share, settings.most_windows, DetectorSettings.from_environment().learn_windows)


def ask_by_schedule(retrains: Retrains, settings: TrainerSettings, now: int) -> bool:
    """Ask for a run when the last one is so long ago, or there was none; whether one was asked for."""
    runs = retrains.runs()
    if any(run.state in (RunState.QUEUED, RunState.RUNNING) for run in runs):
        return False
    last = max((run.asked_ms for run in runs if run.asked_by == SCHEDULE), default=0)
    if now - last < settings.every_days * DAY_MS:
        return False
    retrains.ask(SCHEDULE, settings.since_days, now, steps=settings.steps)
    return True


def main() -> int:
    """Run until SIGTERM; the exit status of the process."""
    settings = TrainerSettings.from_environment()
    setup_logging("trainer", settings.log_level)
    redis = connect(settings.redis_url.get_secret_value())
    retrains, doorbell = Retrains(redis), Doorbell(redis)
    registry = ModelRegistry(settings.registry, DetectorSettings.from_environment().model_dir)
    retrain_queued = RetrainQueued(retrains, registry, settings)
    retrains.take_up_left(now_ms())

    def look() -> None:
        if settings.every_days:
            ask_by_schedule(retrains, settings, now_ms())
        if any(run.state is RunState.QUEUED for run in retrains.runs()):
            doorbell.ring(QUEUE)

    heartbeat, looking = Heartbeat(settings.heartbeat_file, redis.ping), Rounds("retrains", look, LOOK_EVERY_S)
    heartbeat.start()
    looking.start()
    try:
        own = connect(settings.redis_url.get_secret_value())
        return DoorbellWorker(QUEUE, {"retrain": retrain_queued}, own).run()
    finally:
        looking.stop()
        heartbeat.stop()
