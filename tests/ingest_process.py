"""The real front door under uvicorn, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from conftest import free_port

from shared.core.access import Scope
from shared.store.api_keys import ApiKeys
from shared.store.connection import connect

REPOSITORY = Path(__file__).parents[1]
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
    admin_key: str = ADMIN_KEY

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str | None = None, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)


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
        ingest.read_key, _ = keys.create("reader", [Scope.READ], time.time_ns() // 10**6)
