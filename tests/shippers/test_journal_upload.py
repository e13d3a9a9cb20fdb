"""systemd-journal-upload of Debian, from a journal that systemd-journal-remote writes; no systemd runs.

It ends whenever the server is away or refuses. A loop starts it again, as the service manager does that its recipe
tells to.
"""

from __future__ import annotations

import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemons import Daemon
from debian import unpacked
from delivery import assert_each_once, deliver, each_trouble
from front_door import FrontDoor
from recipes import pointed

BOOT = uuid.uuid4().hex
RECIPE = "journal-upload.conf"


class Journal:
    """A client of the tier: each line is an entry of a journal, in ``directory``, that a service wrote."""

    def __init__(self, remote: str, directory: Path, environment: dict[str, str]) -> None:
        directory.mkdir()
        self._writer = subprocess.Popen(
            [remote, f"--output={directory / 'shop.journal'}", "-"],
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        )  # fmt: skip

    def write(self, line: str) -> None:
        now_us = time.time_ns() // 1000
        fields = {
            "__REALTIME_TIMESTAMP": now_us, "__MONOTONIC_TIMESTAMP": time.monotonic_ns() // 1000, "_BOOT_ID": BOOT,
            "PRIORITY": 6, "SYSLOG_IDENTIFIER": "shop", "_HOSTNAME": "host-1", "_PID": 17, "MESSAGE": line,
        }  # fmt: skip
        assert self._writer.stdin is not None
        self._writer.stdin.write("".join(f"{name}={value}\n" for name, value in fields.items()).encode() + b"\n")
        self._writer.stdin.flush()

    def finish(self) -> None:
        self.close()

    def close(self) -> None:
        if self._writer.stdin is not None:
            self._writer.stdin.close()
        self._writer.wait(30)


@pytest.fixture
def journal(front_door: FrontDoor, tmp_path: Path) -> Iterator[Journal]:
    """Uploaded as the recipe says."""
    root = unpacked("systemd-journal-remote")
    text = pointed(RECIPE, {"loglynx:8000": f"127.0.0.1:{front_door.port}", "KEY": front_door.key})
    url = re.search(r"^URL=(\S+)$", text, re.M)
    pause_s = re.search(r"RestartSec=(\d+)$", text, re.M)
    assert url and pause_s
    directory = tmp_path / "journal"
    writing = Journal(root.program("systemd-journal-remote"), directory, root.environment)
    upload = [
        root.program("systemd-journal-upload"), f"--url={url[1]}", f"--directory={directory}", "--follow",
        f"--save-state={tmp_path / 'state'}",
    ]  # fmt: skip
    loop = f'while :; do "$@"; sleep {pause_s[1]}; done'
    daemon = Daemon(["sh", "-c", loop, "sh", *upload], tmp_path / "upload.log", root.environment)
    yield writing
    daemon.stop()
    writing.close()
    print(daemon.said())


@each_trouble
def test_each_entry_arrives_once(front_door: FrontDoor, journal: Journal, trouble: str) -> None:
    assert_each_once(deliver(front_door, journal, trouble))
