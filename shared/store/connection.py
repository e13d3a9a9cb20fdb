"""The Redis client that every part uses: bounded in time, never retrying on its own, probing the server once.

In: a redis:// or unix:// URL. What may fail: StoreUnavailable, from ``speaking_to_redis``, when the server is away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from shared.errors import Overloaded, StoreUnavailable

# A redis.Redis of byte strings. redis-py types its replies as unions over every mode it has, so that each call would
# need a cast; inside the store the client is untyped, and what a reply means stands in the code that reads it.
Client = Any

BUSY_PREFIXES = ("LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MISCONF")


def connect(url: str, timeout_s: float = 2.0, max_connections: int = 64) -> Redis:
    """A client of byte strings. Every command ends within ``timeout_s``; nothing is retried behind the caller's back:
    a write that may have happened is for the caller's idempotency key to repeat."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        **({} if url.startswith("unix:") else {"socket_keepalive": True}),  # redis-py refuses it on a unix socket
        health_check_interval=30,
        max_connections=max_connections,
        retry=Retry(NoBackoff(), 0),
    )


def told_as_ours(error: Exception) -> Exception:
    """redis-py's error as ours: away or starting up -> StoreUnavailable, out of memory -> Overloaded; else itself."""
    if isinstance(error, RedisConnectionError | RedisTimeoutError | ReadOnlyError):
        return StoreUnavailable("redis is away")
    if isinstance(error, ResponseError):
        message = str(error)
        if isinstance(error, OutOfMemoryError) or "command not allowed when used memory" in message:
            return Overloaded("redis is full")
        if message.startswith(BUSY_PREFIXES):
            return StoreUnavailable("redis is not ready")
    return error


@contextmanager
def speaking_to_redis() -> Iterator[None]:
    """Turn redis-py's errors into ours, see ``told_as_ours``."""
    try:
        yield
    except RedisError as error:
        ours = told_as_ours(error)
        if ours is error:
            raise
        raise ours from error


def server_version(redis: Redis) -> tuple[int, int]:
    """Major and minor version of the server. Raises StoreUnavailable."""
    with speaking_to_redis():
        info = redis.info("server")
    major, minor = str(info["redis_version"]).split(".")[:2]
    return int(major), int(minor)
