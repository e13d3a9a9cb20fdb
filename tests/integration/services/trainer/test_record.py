"""A short recording of a real server, where this machine may make namespaces."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.trainer.datasets.recorded.isolation import UNSHARE, is_possible

# What a scenario does, in two seconds: normal life, a kill, and what the server says of it.
SCRIPT = """
import signal
from pathlib import Path
from random import Random
from services.trainer.datasets.recorded.isolation import as_init, furnish
from services.trainer.datasets.recorded.lab import Lab, await_port, stop

def work():
    furnish(Path({application!r}))
    lab = Lab(Random(1))
    words = ["redis-server", "--port", "6379", "--bind", "127.0.0.1", "--dir", "/srv"]
    lab.normal()
    server = lab.start(words, stream="redis")
    assert await_port(6379)
    stop(server)
    server = lab.start(words, stream="redis")
    assert await_port(6379)
    lab.fault("kill")
    lab.run(words, stream="redis", timeout_s=3)
    stop(server, signal.SIGKILL)
    lab.collect()
    for line in lab.lines:
        print(line.phase, line.line, sep="\\t")

raise SystemExit(as_init(work))
"""


def may_isolate() -> bool:
    if not is_possible() or shutil.which("redis-server") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_isolate(), reason="needs root, Linux namespaces and a redis-server")
def test_lines_are_told_apart_by_phase(tmp_path: Path) -> None:
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-c", SCRIPT.format(application=str(tmp_path))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t", 1) for line in done.stdout.splitlines()]
    normal = [text for phase, text in lines if phase == "normal"]
    broken = [text for phase, text in lines if phase == "fault:kill"]
    assert sum("Ready to accept connections" in text for text in normal) == 2
    assert any("Address already in use" in text for text in broken)
    assert not any("Address already in use" in text for text in normal)
