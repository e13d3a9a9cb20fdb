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
    triage_key: str = ""
    admin_key: str = ADMIN_KEY

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str | None = None, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)


# Has its imports behind it, says so, and serves when it is told to.
HELD = """
import sys, services.ingest.__main__ as ingest
print("held", flush=True)
sys.stdin.readline()
raise SystemExit(ingest.main())
"""


def start(redis_url: str, directory: Path, **settings: object) -> Ingest:
    """Back when it answers."""
    ingest = spawn(redis_url, directory, ["-m", "services.ingest"], **settings)
    wait_for_answer(ingest)
    return ingest


def hold(redis_url: str, directory: Path, **settings: object) -> Ingest:
    """One that is about to serve: ``release`` lets it, within a fraction of the time that a start takes."""
    ingest = spawn(redis_url, directory, ["-c", HELD], **settings)
    deadline = time.monotonic() + 60
    while "held" not in ingest.log.read_text() and time.monotonic() < deadline and ingest.process.poll() is None:
        time.sleep(0.05)
    return ingest


def release(ingest: Ingest) -> None:
    """Back when it answers."""
    assert ingest.process.stdin is not None
    with ingest.process.stdin as words:
        words.write(b"\n")
    wait_for_answer(ingest)


def spawn(redis_url: str, directory: Path, program: list[str], **settings: object) -> Ingest:
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
            [sys.executable, *program],
            cwd=REPOSITORY, env=environment, stdin=subprocess.PIPE if "-c" in program else None,
            stderr=sink, stdout=sink,
        )  # fmt: skip
    return Ingest(port, process, log, redis_url)


def wait_for_answer(ingest: Ingest) -> None:
    """Raises RuntimeError, with what it said, when it does not come up."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and ingest.process.poll() is None:
        try:
            httpx.get(f"{ingest.url}/healthz", timeout=2)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    stop(ingest)
    raise RuntimeError(f"the front door did not start: {ingest.log.read_text()[-2000:]}")


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
