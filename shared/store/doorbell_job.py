"""The only RQ job that Loglynx runs: a bare name from a closed list, no arguments, no callbacks, no webhooks.

Whoever can write to Redis can put any job hash there, and RQ would import and call whatever it names: a function, a
success or failure callback, a webhook's address. Nothing of that is even restored here. A job that carries any of it
is refused and counted; a hash that cannot be read is deleted and counted, and the worker goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import structlog
from redis.exceptions import RedisError, ResponseError
from rq.exceptions import NoSuchJobError
from rq.job import Job

from shared.store import keyspace
from shared.telemetry import Refusal, count_refusal

# Queue -> the one name that may be called there.
ALLOWED: Final = {"detector": "score_due", "analyzer": "analyze_due", "trainer": "retrain"}
FAILURE_TTL_S: Final = 86_400
MAX_DATA_BYTES: Final = 4096

_KEPT: Final = frozenset(
    {"created_at", "enqueued_at", "started_at", "ended_at", "last_heartbeat", "origin", "status", "worker_name"}
)
_DANGEROUS: Final = frozenset(
    {"success_callback_name", "failure_callback_name", "stopped_callback_name", "webhooks", "dependency_ids",
     "dependency_id", "repeats_left", "retries_left", "rate_limit_key", "group_id"}
)  # fmt: skip
_REFUSED_NAME: Final = "refused"

_log = structlog.get_logger()


class JobNotAllowed(Exception):
    """A job in Redis asked for something that is not on the list."""


class DoorbellJob(Job):  # type: ignore[misc]  # rq is untyped here
    """``bound`` makes the class of one worker's jobs: it knows what may be called, and on which queue."""

    callables: ClassVar[Mapping[str, Callable[[], object]]] = {}
    queue: ClassVar[str] = ""

    is_refused = False

    @classmethod
    def bound(cls, queue: str, callables: Mapping[str, Callable[[], object]]) -> type[DoorbellJob]:
        """Raises ValueError if a name is not the one allowed on this queue."""
        if set(callables) != {ALLOWED.get(queue)}:
            raise ValueError(f"queue {queue} runs {ALLOWED.get(queue)} and nothing else")
        return type("BoundDoorbellJob", (cls,), {"queue": queue, "callables": dict(callables)})

    def refresh(self) -> None:
        try:
            super().refresh()
        except ResponseError as error:  # the key is no hash
            self._drop(str(error)[:40])
            raise NoSuchJobError("not a job") from error

    def restore(self, raw_data: Mapping[Any, Any]) -> None:
        """Take over what harmless bookkeeping needs, and note whether there was more."""
        fields = {_text(name): value for name, value in raw_data.items()}
        data = fields.get("data", b"")
        kept = {name: value for name, value in fields.items() if name in _KEPT}
        try:
            super().restore({**kept, "data": data if len(data) <= MAX_DATA_BYTES else b"[]"})
        except Exception as error:  # any field may be anything: whatever RQ makes of it, the worker must live
            self._drop(type(error).__name__)
            raise NoSuchJobError("damaged job") from error
        self.description = None
        self.timeout, self.result_ttl, self.failure_ttl = -1, 0, FAILURE_TTL_S
        self.is_refused = any(fields.get(name) for name in _DANGEROUS)

    def _drop(self, reason: str) -> None:
        _log.warning("doorbell_job_damaged", reason=reason)
        count_refusal("doorbell", Refusal.JOB_NOT_ALLOWED)
        self.connection.delete(self.key)
        self.connection.hincrby(keyspace.TOTALS, "refused_jobs", 1)

    def _deserialize_data(self) -> None:
        """The name is known or it is "refused": no text from Redis gets any further, not even into a log."""
        self._func_name, self._instance, self._args = _REFUSED_NAME, None, ()
        self._kwargs: dict[str, Any] = {}
        try:
            name, instance, args, kwargs = json.loads(self.data)
        except (ValueError, TypeError, RecursionError):
            return
        if isinstance(name, str) and name in self.callables and not (self.is_refused or instance or args or kwargs):
            self._func_name = name

    def _execute(self) -> None:
        """Forget that the bell was rung, then do the work: what arrives from here on rings again."""
        work = self.callables.get(self.func_name)
        if work is None:
            count_refusal("doorbell", Refusal.JOB_NOT_ALLOWED)
            self.connection.hincrby(keyspace.TOTALS, "refused_jobs", 1)
            raise JobNotAllowed
        try:
            self.connection.delete(keyspace.ring(self.queue))
        except RedisError:
            _log.warning("doorbell_not_cleared", queue=self.queue)
        work()

    @property
    def func(self) -> Callable[[], object] | None:
        return self.callables.get(self.func_name)

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, *_arguments: Any, **_options: Any) -> None:
        """Never."""


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
