"""The script around curl: each line is a push of its own, tried until it is taken."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor

from absent import skip_or_fail
from delivery import assert_each_once, deliver, each_trouble
from front_door import FrontDoor
from recipes import RECIPES

LINES_A_PUSH = 20


class Curl:
    """A client of the tier: what was written is pushed in files of LINES_A_PUSH lines, on standard input."""

    def __init__(self, front_door: FrontDoor) -> None:
        if not shutil.which("curl"):
            skip_or_fail("no curl on PATH")
        self._environment = os.environ | {"LOGLYNX_URL": front_door.url, "LOGLYNX_KEY": front_door.key}
        self._lines: list[str] = []
        self._pushes: list[Future[None]] = []
        self._at_once = ThreadPoolExecutor(1)

    def write(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) == LINES_A_PUSH:
            self._pushes.append(self._at_once.submit(self._push, "".join(f"{line}\n" for line in self._lines)))
            self._lines.clear()

    def finish(self) -> None:
        for push in self._pushes:
            push.result(120)
        self._at_once.shutdown()

    def _push(self, text: str) -> None:
        command = ["sh", str(RECIPES / "curl.sh"), "shop"]
        done = subprocess.run(
            command, input=text, env=self._environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr


@each_trouble
def test_each_line_arrives_once(front_door: FrontDoor, trouble: str) -> None:
    assert_each_once(deliver(front_door, Curl(front_door), trouble))
