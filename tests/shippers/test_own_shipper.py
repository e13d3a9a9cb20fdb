"""``loglynx ship file`` and ``loglynx ship docker`` as their unit files start them."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from containers import Container, real_engine
from daemons import Daemon
from delivery import assert_each_once, deliver, each_trouble
from front_door import FrontDoor, wait_until
from recipes import pointed

REPOSITORY = Path(__file__).parents[2]
LINES_A_FILE = 90
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
engine = pytest.fixture(real_engine)


class RotatedFile:
    """A client of the tier: a program writes a log that is renamed again and again."""

    def __init__(self, log: Path) -> None:
        self._log, self._lines = log, 0
        log.touch()

    def write(self, line: str) -> None:
        with self._log.open("a") as file:
            file.write(f"{line}\n")
        self._lines += 1
        if self._lines % LINES_A_FILE == 0:
            for number in range(self._lines // LINES_A_FILE, 0, -1):
                older = self._log.with_name(f"{self._log.name}.{number}")
                if older.exists():
                    older.rename(self._log.with_name(f"{self._log.name}.{number + 1}"))
            self._log.rename(self._log.with_name(f"{self._log.name}.1"))
            self._log.touch()

    def finish(self) -> None:
        pass


@pytest.fixture
def start(front_door: FrontDoor, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """``start(unit, replaced, *more)``: what the unit starts, with more arguments."""
    running: list[Daemon] = []

    def start_one(unit: str, replaced: dict[str, object], *more: str) -> None:
        here = {"http://loglynx:8000": front_door.url, "/opt/loglynx/bin/loglynx": f"{sys.executable} -m loglynx"}
        text = pointed(unit, here | replaced)
        words = re.search(r"^ExecStart=(.+)$", text, re.M)
        url = re.search(r"^Environment=LOGLYNX_URL=(.+)$", text, re.M)
        assert words and url
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOGLYNX_")}
        environment |= {"LOGLYNX_URL": url[1], "LOGLYNX_KEY": front_door.key, "PYTHONPATH": str(REPOSITORY)}
        command = [word.replace("%S", str(tmp_path)) for word in shlex.split(words[1])]
        running.append(Daemon([*command, *more], tmp_path / "ship.log", environment))

    yield start_one
    for daemon in running:
        daemon.stop()
        print(daemon.said())


@each_trouble
def test_files_that_are_rotated_arrive_once(
    front_door: FrontDoor, start: Callable[..., None], tmp_path: Path, trouble: str
) -> None:
    directory, state = tmp_path / "nginx", tmp_path / "loglynx/nginx.json"
    directory.mkdir()
    client = RotatedFile(directory / "access.log")
    start("ship-file.service", {"/var/log/nginx": directory})
    wait_until(state.exists, 60, "the first look: what was rotated before it is left out")
    assert_each_once(deliver(front_door, client, trouble))


@each_trouble
def test_what_a_container_says_arrives_once(
    front_door: FrontDoor, start: Callable[..., None], engine: Any, trouble: str
) -> None:
    label = f"loglynx-test-{front_door.port}"
    container = Container(engine, labels={label: "yes"})
    try:
        start("ship-docker.service", {}, "--label", f"{label}=yes")
        assert_each_once(deliver(front_door, container, trouble))
    finally:
        container.remove()
