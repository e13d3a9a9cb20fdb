"""What the analyzer's integration tests share: a stub server and flags on a real Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from stub_openai import StubServer
from told_clock import NOW, Clock

from shared.core.records import Flag
from shared.store import keyspace
from shared.store.flag_records import encode_flag


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stub() -> Iterator[StubServer]:
    server = StubServer()
    yield server
    server.close()


@pytest.fixture
def put_flag(redis_client: Redis) -> Callable[[Flag], str]:
    """Put a flag where the detector's commit puts it; returns its window id."""

    def put(flag: Flag) -> str:
        redis_client.set(keyspace.flag(flag.window_id), encode_flag(flag))
        redis_client.zadd(keyspace.FLAGS_DUE, {flag.window_id: NOW}, nx=True)
        return flag.window_id

    return put
