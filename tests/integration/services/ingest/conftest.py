"""The real front door under uvicorn, as a process of its own, on a real redis-server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.core.access import Scope
from shared.store.api_keys import ApiKeys
from shared.store.connection import connect

REPOSITORY = Path(__file__).parents[4]
ADMIN_KEY = "admin-key-of-the-tests-0123456789"


@dataclass
class Ingest:
    """A running front door. ``push_key`` and ``read_key`` carry one scope each."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    redis_url: str
    push_key: str = ""
    read_key: str = ""
    triage_key: str = ""
    admin_key: str = ADMIN_KEY

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str | None = None, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(redis_url: str, directory: Path, **settings: object) -> Ingest:
    port = int(str(settings.pop("port", 0))) or free_port()
    log = directory / f"ingest-{time.monotonic_ns()}.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOGLYNX_")}
    environment |= {
        "LOGLYNX_INGEST_REDIS_URL": redis_url,
        "LOGLYNX_INGEST_PORT": str(port),
        "LOGLYNX_INGEST_ADMIN_KEY": ADMIN_KEY,
        "OMP_NUM_THREADS": "1",
    }
    environment |= {f"LOGLYNX_INGEST_{name.upper()}": str(value) for name, value in settings.items()}
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.ingest"], cwd=REPOSITORY, env=environment, stderr=sink, stdout=sink
        )
    ingest = Ingest(port, process, log, redis_url)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{ingest.url}/healthz", timeout=2)
            return ingest
        except httpx.TransportError:
            time.sleep(0.1)
    stop(ingest)
    raise RuntimeError(f"the front door did not start: {log.read_text()[-2000:]}")


def stop(ingest: Ingest) -> None:
    if ingest.process.poll() is None:
        ingest.process.send_signal(signal.SIGTERM)
        try:
            ingest.process.wait(15)
        except subprocess.TimeoutExpired:
            ingest.process.kill()
            ingest.process.wait()


def make_keys(ingest: Ingest) -> None:
    with connect(ingest.redis_url) as redis:
        keys = ApiKeys(redis)
        ingest.push_key, _ = keys.create("pusher", [Scope.PUSH], time.time_ns() // 10**6)
        ingest.triage_key, _ = keys.create("on-call", [Scope.TRIAGE], time.time_ns() // 10**6)
        ingest.read_key, _ = keys.create("reader", [Scope.READ], time.time_ns() // 10**6)


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
