"""Runs the commands of rows as they are written, in one directory with the logs of ``inputs`` in it.

``loglynx`` runs in this process, so that what it imports is imported once; ``curl`` is answered by httpx, which is
installed where curl may not be; ``python`` is a process of its own. ``$URL`` is a stack that is started when a
command first asks for it.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from lineage.inputs import write_inputs
from lineage.row import Done, Row, Shown
from running_stack import Up, stacks

from loglynx.cli import main

_SLOWEST_S = 240


class Playing:
    """Runs each row once, and first what it needs."""

    def __init__(self, rows: list[Row], directory: Path, start: Callable[..., Up]) -> None:
        self._rows = {row.number: row for row in rows}
        self.directory, self._start = directory, start
        self._shown: dict[int, Shown] = {}
        self._up: Up | None = None
        write_inputs(directory)

    def show(self, number: int) -> Shown:
        if number not in self._shown:
            row = self._rows[number]
            for needed in row.needs:
                assert 0 <= max(self.show(needed).codes) < 2, self.show(needed)
            done = [self._run(command) for command in row.commands]
            self._shown[number] = Shown.of(done, self.directory)
        return self._shown[number]

    def _run(self, command: str) -> Done:
        if "$URL" in command or "$KEY" in command:
            command = command.replace("$URL", self._stack.url).replace("$KEY", self._stack.key)
        words = shlex.split(command)
        run = {"loglynx": self._loglynx, "curl": _curl, "python": self._python}[words[0]]
        with contextlib.chdir(self.directory):
            return Done(command, *run(words[1:]))

    @property
    def _stack(self) -> Up:
        if self._up is None:
            self._up = self._start().wait_until_up()
        return self._up

    def _loglynx(self, arguments: list[str]) -> tuple[int, str, str]:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        before = sys.argv
        sys.argv = ["loglynx", *arguments]
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _english():
                main()
        except SystemExit as ending:
            code = int(ending.code or 0)
        finally:
            sys.argv = before
        out.flush()
        return code, out.buffer.getvalue().decode(), err.getvalue()  # type: ignore[attr-defined]

    def _python(self, arguments: list[str]) -> tuple[int, str, str]:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "LOGLYNX_LANG": "en"}
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            timeout=_SLOWEST_S,
            check=False,
            env=environment,
        )
        return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def _english() -> Iterator[None]:
    before = os.environ.get("LOGLYNX_LANG")
    os.environ["LOGLYNX_LANG"] = "en"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LOGLYNX_LANG"]
        else:
            os.environ["LOGLYNX_LANG"] = before


def _curl(arguments: list[str]) -> tuple[int, str, str]:
    """``-H``, ``-d`` and an address; 0 when the answer is a success."""
    headers, body, address = {}, None, ""
    given = iter(arguments)
    for word in given:
        if word == "-H":
            name, _, value = next(given).partition(":")
            headers[name] = value.strip()
        elif word == "-d":
            body = next(given)
        elif not word.startswith("-"):
            address = word
    deadline = time.monotonic() + 60
    while True:
        method = "GET" if body is None else "POST"
        answer = httpx.request(method, address, headers=headers, content=body, timeout=60)
        if answer.status_code != 503 or time.monotonic() > deadline:
            return 0 if answer.is_success else 1, answer.text, str(answer.status_code)
        time.sleep(0.5)


@contextlib.contextmanager
def playing(rows: list[Row], directory: Path) -> Iterator[Playing]:
    """Stops the stack at the end, if one was started."""
    with stacks(directory) as start:
        yield Playing(rows, directory, start)
