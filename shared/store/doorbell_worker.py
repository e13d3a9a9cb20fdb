"""The RQ worker behind the doorbell: one queue, no fork, no pub/sub, no scheduler.

It outlives what RQ's own worker does not: when Redis restarts or is full, RQ's loop ends and a new one is begun.
While Redis refuses RQ's own bookkeeping the work is done without a ring, since finishing work is what makes room.
When Redis stays away for ``give_up_s``, ``run`` returns 3 and whoever supervises the process starts it anew.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import worker_registration
from rq.exceptions import StopRequested
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from rq.utils import now
from rq.worker import SimpleWorker

from shared.errors import LoglynxError
from shared.store.doorbell_job import DoorbellJob

STOPPED: Final = 0
REDIS_GONE: Final = 3
# RQ blocks for worker_ttl - 15 s on its queue, and notices a silent connection 10 s after that.
_WORKER_TTL_S: Final = 20
_WAIT_S: Final = 0.5

_log = structlog.get_logger()


class _NoDeathPenalty(BaseDeathPenalty):  # type: ignore[misc]
    """No alarm signal inside the work: it would strike anywhere. Every wait in there is bounded by itself."""

    def setup_death_penalty(self) -> None:
        """Nothing to set up."""

    def cancel_death_penalty(self) -> None:
        """Nothing to cancel."""


class _RqWorker(SimpleWorker):  # type: ignore[misc]
    """RQ's worker without what a doorbell does not need and an attacker could use."""

    death_penalty_class = _NoDeathPenalty
    max_connection_wait_time = 2.0
    log_result_lifespan = False

    def subscribe(self) -> None:
        """No commands by pub/sub: whoever can publish could stop workers."""

    def run_maintenance_tasks(self) -> None:
        """Forget what killed workers left. Nothing is run again: a bell that was lost is rung by the reaper."""
        for queue in self.queues:
            queue.started_job_registry.cleanup()
            queue.failed_job_registry.cleanup()
            worker_registration.clean_worker_registry(queue)
            self.connection.delete(queue.intermediate_queue_key)
        self.last_cleaned_at = now()

    @property
    def is_told_to_stop(self) -> bool:
        return self._shutdown_requested_date is not None


class DoorbellWorker:
    """``DoorbellWorker("detector", {"score_due": fn}, redis).run()`` until SIGTERM, in the main thread.

    ``redis`` is this worker's own client: RQ lengthens its time-outs for blocking reads.
    """

    def __init__(
        self, queue: str, callables: Mapping[str, Callable[[], object]], redis: Redis, give_up_s: float = 30.0
    ) -> None:
        self._queue, self._callables, self._redis, self._give_up_s = queue, dict(callables), redis, give_up_s
        self._job_class = DoorbellJob.bound(queue, callables)
        self._rq_worker: _RqWorker | None = None
        self._is_stopped = threading.Event()

    def run(self, burst: bool = False) -> int:
        """Serve until told to stop. Returns the exit status: 0 told to stop, 3 Redis stayed away.

        ``burst``: serve what is on the queue, then return 0.
        """
        away_since: float | None = None
        while not self._serve(burst):
            if self._answers():
                away_since = None
                self._work_unasked()
            else:
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > self._give_up_s:
                    return REDIS_GONE
            if self._is_stopped.wait(_WAIT_S):
                break
        return STOPPED

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End ``run`` after the work at hand; also a signal handler."""
        self._is_stopped.set()

    def _serve(self, burst: bool) -> bool:
        """One life of RQ's loop; True if it ended because it should."""
        try:
            worker = self._new_worker()
            worker.work(burst=burst, logging_level="WARNING")
        except StopRequested:
            return True
        except RedisError as error:
            _log.warning("doorbell_worker_broken", queue=self._queue, error=type(error).__name__)
            return self._was_told()
        finally:
            # RQ's handlers are gone with its loop: between two of them, and in unasked work, stop is noted here.
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, self.stop)
                signal.signal(signal.SIGINT, self.stop)
        return burst or self._was_told()

    def _new_worker(self) -> _RqWorker:
        queue = Queue(
            self._queue,
            connection=self._redis,
            job_class=self._job_class,
            serializer=JSONSerializer,
            death_penalty_class=_NoDeathPenalty,
        )
        worker: Any = _RqWorker(
            [queue],
            connection=self._redis,
            job_class=self._job_class,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL_S,
            log_job_description=False,
        )
        self._rq_worker = worker
        return self._rq_worker

    def _was_told(self) -> bool:
        return self._is_stopped.is_set() or (self._rq_worker is not None and self._rq_worker.is_told_to_stop)

    def _answers(self) -> bool:
        try:
            return bool(self._redis.ping())
        except RedisError:
            return False

    def _work_unasked(self) -> None:
        for name, work in self._callables.items():
            try:
                work()
            except (LoglynxError, RedisError) as error:
                _log.warning("unasked_work_failed", name=name, error=type(error).__name__)
            except Exception:  # the top of a loop: what the work raises must not end the worker
                _log.exception("unasked_work_failed", name=name)
