"""Keeps processes alive: starts them, restarts what exits with a growing pause, stops all in order.

``poll`` is one step of the watch and never blocks; the caller loops. Output of each process goes to its own file in
the logs directory, cut at ``MAX_LOG_BYTES`` with one older file kept.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loglynx.settings import inherited_environment

MAX_LOG_BYTES = 50 * 1024 * 1024
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STEADY_AFTER_S = 30.0  # a process that lived this long starts again without a pause that earlier exits earned


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run. ``stop_s`` is how long it may take to end after SIGTERM before it is killed."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_s: float = 10.0


@dataclass(slots=True)
class Child:
    """One process and its history."""

    spec: ProcessSpec
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    start_at: float = 0.0
    restarts: int = 0
    last_exit: int | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None and self.is_running else None


class Supervisor:
    """Owns the processes of one stack. To be used from one thread: tethered children end with the thread that
    started them."""

    def __init__(self, logs_dir: Path, clock: Callable[[], float] = time.monotonic, is_tethered: bool = True) -> None:
        self._logs_dir = logs_dir
        self._clock = clock
        self._is_tethered = is_tethered
        self.children: dict[str, Child] = {}

    def start(self, spec: ProcessSpec) -> Child:
        """Start one process; later exits are mended by ``poll``."""
        child = self.children[spec.name] = Child(spec)
        self._spawn(child)
        return child

    def poll(self) -> list[Child]:
        """One step: note who exited, start again who is due. Returns the children that were started again."""
        now = self._clock()
        revived = []
        for child in self.children.values():
            if child.is_running:
                continue
            if child.process is not None:
                child.last_exit = child.process.returncode
                if now - child.started_at >= STEADY_AFTER_S:
                    child.pause_s = FIRST_PAUSE_S
                child.start_at = now + child.pause_s
                child.pause_s = min(child.pause_s * 2, LONGEST_PAUSE_S)
                child.process = None
            if now >= child.start_at:
                child.restarts += 1
                self._spawn(child)
                revived.append(child)
        return revived

    def stop(self, names: Sequence[str]) -> None:
        """SIGTERM to all of ``names`` at once, SIGKILL to those that outstay their ``stop_s``."""
        children = [self.children.pop(name) for name in names if name in self.children]
        running = [(child.process, child.spec.stop_s) for child in children if child.process is not None]
        for process, _ in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        began = self._clock()
        for process, stop_s in running:
            try:
                process.wait(timeout=max(0.1, began + stop_s - self._clock()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log_tail(self, name: str, lines: int = 15) -> str:
        """The end of a process's log, for the message that says why the stack did not start."""
        try:
            return "\n".join(self.log_path(name).read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def log_path(self, name: str) -> Path:
        return self._logs_dir / f"{name}.log"

    def cut_long_logs(self) -> None:
        """Copy a log past its limit to ``.1`` and empty it; the process appends on, so nothing needs reopening."""
        for name in self.children:
            path = self.log_path(name)
            if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
                shutil.copyfile(path, path.with_suffix(".log.1"))
                os.truncate(path, 0)

    def _spawn(self, child: Child) -> None:
        command: Sequence[str] = child.spec.command
        if self._is_tethered:
            command = (sys.executable, "-m", "loglynx.stack.tether", str(os.getpid()), *command)
        with self.log_path(child.spec.name).open("ab") as log:
            child.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**inherited_environment(), **child.spec.environment},
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor only, which stops in order
            )
        child.started_at = self._clock()
