"""Has a worker told Redis that it waits at its doorbell? Only then has it loaded its model and can work."""

from __future__ import annotations

from typing import cast

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, worker_registration

from shared.store.connection import connect


def are_registered(redis_url: str, pids: dict[str, int | None]) -> bool:
    """True when each queue of ``pids`` has a worker with that process id. False while Redis is away."""
    try:
        with connect(redis_url) as redis:
            return all(pid in _pids_at(redis, queue) for queue, pid in pids.items())
    except RedisError:
        return False


def _pids_at(redis: Redis, queue: str) -> set[int]:
    """Process ids of the workers of one queue; those that were killed stay listed for a while."""
    keys = worker_registration.get_keys(queue=Queue(queue, connection=redis))
    values = [cast(bytes | None, redis.hget(key, "pid")) for key in keys]
    return {int(value) for value in values if value}
