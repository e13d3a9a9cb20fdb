"""The real front door under uvicorn, as a process of its own, on a real redis-server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ingest_process import Ingest, make_keys, start, stop

from shared.store.connection import connect


@pytest.fixture(scope="module")
def ingest(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """One front door for the module; scoring requests do not wait, for nobody scores here."""
    with connect(redis_url) as redis:
        redis.flushall()
    running = start(redis_url, tmp_path_factory.mktemp("ingest"), score_wait_s=0, body_deadline_s=2)
    make_keys(running)
    yield running
    stop(running)


@pytest.fixture
def start_ingest(tmp_path: Path) -> Iterator[Callable[..., Ingest]]:
    """``start_ingest(redis_url, **settings)``: front doors of a test's own, ended after it."""
    started: list[Ingest] = []

    def start_one(redis_url: str, **settings: object) -> Ingest:
        started.append(start(redis_url, tmp_path, **settings))
        return started[-1]

    yield start_one
    for running in started:
        stop(running)
