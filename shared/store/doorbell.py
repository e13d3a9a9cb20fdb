"""The doorbell: an RQ job that says "there is work", never what the work is.

The ledger holds the work: a lost ring costs delay until the reaper rings again, a ring too many costs one look.
"""

from __future__ import annotations

from typing import Final

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq.queue import Queue
from rq.serializers import JSONSerializer

from shared.store import keyspace
from shared.store.connection import Client
from shared.store.doorbell_job import ALLOWED, FAILURE_TTL_S, DoorbellJob
from shared.store.doorbell_worker import DoorbellWorker

__all__ = ["ALLOWED", "Doorbell", "DoorbellWorker"]

MAX_WAITING: Final = 4
JOB_TTL_S: Final = 60

_log = structlog.get_logger()


class Doorbell:
    """``Doorbell(redis).ring("detector")``: one Redis command when the bell was rung a moment ago already.

    The worker clears the ring before it looks, so what arrives after its look rings anew; ``linger_ms`` only bounds
    how long a ring that got lost keeps others from ringing.
    """

    def __init__(self, redis: Redis, linger_ms: int = 1000) -> None:
        self._redis: Client = redis
        self._linger_ms = linger_ms
        self._queues = {
            name: Queue(name, connection=redis, job_class=DoorbellJob, serializer=JSONSerializer) for name in ALLOWED
        }

    def ring(self, queue: str) -> bool:
        """True if a job went onto the queue. Never raises for a Redis that is away or full: a ring is only a hint.

        Raises KeyError for a queue that is not in ALLOWED.
        """
        rq_queue = self._queues[queue]
        try:
            if not self._redis.set(keyspace.ring(queue), 1, nx=True, px=self._linger_ms):
                return False
            if self._redis.llen(rq_queue.key) >= MAX_WAITING:
                return False
            rq_queue.enqueue_call(
                ALLOWED[queue], timeout=-1, result_ttl=0, ttl=JOB_TTL_S, failure_ttl=FAILURE_TTL_S, description=queue
            )
        except RedisError as error:
            _log.warning("doorbell_not_rung", queue=queue, error=type(error).__name__)
            return False
        return True
