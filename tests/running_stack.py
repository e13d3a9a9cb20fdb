"""``loglynx up`` as a process of its own, for tests of the whole stack."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

COMMAND = [sys.executable, "-m", "loglynx"]
START_S = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_true: Callable[[], object], what: str, timeout_s: float = START_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def loglynx(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"LOGLYNX_LANG": "en"} | environment,
    )


class Up:
    """One ``loglynx up``."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{port}"
        self.output_path = data_dir.parent / f"up-{port}.out"
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "up", "--port", str(port), "--data-dir", str(data_dir), "--no-open"],
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self.output_path.read_text()

    @property
    def key(self) -> str:
        found = re.search(r"admin key: +(llx_\S+)", self.output)
        assert found, self.output
        return found[1]

    def state(self) -> dict[str, Any]:
        return json.loads((self.data_dir / "stack.json").read_text())

    def pids(self) -> dict[str, int]:
        return {name: service["pid"] for name, service in self.state()["services"].items()}

    def wait_until_up(self) -> Up:
        wait_until(lambda: "Ctrl-C" in self.output or self.process.poll() is not None, "the welcome")
        assert self.process.poll() is None, self.output
        return self

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=60)


@contextmanager
def stacks(directory: Path) -> Iterator[Callable[..., Up]]:
    """Call it to start one, on a data directory under ``directory``; all are stopped at the end."""
    started: list[Up] = []

    def start(name: str = "data", port: int | None = None) -> Up:
        up = Up(directory / name, port or free_port())
        started.append(up)
        return up

    yield start
    for up in started:
        if up.process.poll() is None:
            up.stop(signal.SIGTERM)
