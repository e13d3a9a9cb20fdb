"""The room a scenario works in: it starts real programs, breaks them, and notes what they logged in which phase.

In: files that programs write. Out: ``Lab.lines``, each with its stream and phase. A lab exists inside the namespaces
that ``isolation`` made: the host is called host01, nothing but loopback is there, and every process dies with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

NORMAL = "normal"
_SETUP = ""  # neither: not recorded
_CAPTURED = Path("/run/captured")  # what programs write to their standard output, one file per stream
_FLUSH_S = 0.4  # a log line is in its file within this time after what caused it


class RecordedLine(NamedTuple):
    """One line as written: ``phase`` is "normal" or "fault:<name>"."""

    stream: str
    phase: str
    line: str


@dataclass(slots=True)
class Lab:
    """``rng`` draws the load; ``fault`` and ``normal`` say what the lines that follow belong to."""

    rng: Random
    lines: list[RecordedLine] = field(default_factory=list)
    _phase: str = _SETUP
    _watched: dict[Path, tuple[str, int]] = field(default_factory=dict)

    def normal(self) -> None:
        """What is logged from now on is everyday life."""
        self._enter(NORMAL)

    def fault(self, name: str) -> None:
        """What is logged from now on is this fault, until it is over and healed."""
        self._enter(f"fault:{name}")

    def live(self, everyday: Callable[[int], None], steps: int, faults: Sequence[Callable[[], None]]) -> None:
        """``steps`` of everyday life, then each fault, named as its function is, with normality before it."""
        self.normal()
        everyday(steps)
        for fault in faults:
            self.normal()
            everyday(max(steps // 12, 6))
            self.fault(fault.__name__)
            fault()
        self._enter(_SETUP)

    def _enter(self, phase: str) -> None:
        self.collect()
        self._phase = phase

    def watch(self, stream: str, path: str | Path) -> None:
        """Take the lines of this file, which need not exist yet, as lines of ``stream``."""
        self._watched.setdefault(Path(path), (stream, 0))

    def collect(self) -> None:
        """Take what was written since the last time, after letting it be written."""
        time.sleep(_FLUSH_S)
        for path, (stream, start) in self._watched.items():
            if not path.exists():
                continue
            with path.open("rb") as log:
                log.seek(start if path.stat().st_size >= start else 0)
                written = log.read()
                end = log.tell()
            complete = written.rfind(b"\n") + 1
            self._watched[path] = (stream, end - (len(written) - complete))
            texts = written[:complete].decode("utf-8", "replace").split("\n")[:-1]
            if self._phase != _SETUP:
                self.lines += [RecordedLine(stream, self._phase, text.rstrip("\r")) for text in texts]

    def start(
        self,
        command: Sequence[str | Path],
        stream: str | None = None,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | Path = "/",
        limits: str = "",
    ) -> subprocess.Popen[bytes]:
        """Start a program; what it prints becomes ``stream`` if one is named. ``limits``: arguments of prlimit."""
        words = [str(word) for word in command]
        if user is not None:
            words = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", *words]
        if limits:
            words = ["prlimit", *limits.split(), "--", *words]
        target: int = subprocess.DEVNULL
        if stream is not None:
            _CAPTURED.mkdir(exist_ok=True)
            path = _CAPTURED / stream
            self.watch(stream, path)
            target = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            return subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=target, stderr=target, cwd=cwd, env=_environment(env)
            )
        finally:
            if stream is not None:
                os.close(target)

    def run(
        self,
        command: Sequence[str | Path],
        stream: str | None = None,
        feed: str = "",
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | Path = "/",
        timeout_s: float = 30,
    ) -> str:
        """Run a program to its end, whatever that is; its output, which also goes to ``stream`` if one is named."""
        words = [str(word) for word in command]
        if user is not None:
            words = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", *words]
        try:
            done = subprocess.run(
                words, input=feed.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd,
                env=_environment(env), timeout=timeout_s, check=False,
            )  # fmt: skip
            output = done.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as late:
            output = (late.stdout or b"").decode("utf-8", "replace")
        if stream is not None:
            _CAPTURED.mkdir(exist_ok=True)
            self.watch(stream, _CAPTURED / stream)
            with (_CAPTURED / stream).open("a") as log:
                log.write(output if output.endswith("\n") or not output else output + "\n")
        return output

    def pause(self, mean_s: float) -> None:
        """A short wait of random length, as between two requests."""
        time.sleep(min(self.rng.expovariate(1 / mean_s), 10 * mean_s))


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, wait_s: float = 15) -> None:
    """End a program and wait for its end; what does not go is killed."""
    process.send_signal(how)
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Process numbers of what this process started itself."""
    return [int(n) for n in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def await_port(port: int, address: str = "127.0.0.1", wait_s: float = 20) -> bool:
    """True as soon as something accepts connections there, False if nothing does in time."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        with socket.socket() as client:
            client.settimeout(1)
            if client.connect_ex((address, port)) == 0:
                return True
        time.sleep(0.05)
    return False


def small_disk(path: str | Path, size: str) -> Path:
    """A file system of ``size`` ("20m") of its own at ``path``, to be filled."""
    place = Path(path)
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", place], check=True)
    return place


def fill(directory: str | Path) -> Path:
    """Leave no byte free there; the file that takes it, to be deleted afterwards."""
    filler = Path(directory) / "core.dump"
    for size in (1 << 16, 1):
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as sink:
            while sink.write(b"\0" * size):
                pass
    return filler


def own(path: str | Path, user: str) -> Path:
    """A directory that belongs to this user."""
    place = Path(path)
    place.mkdir(parents=True, exist_ok=True)
    shutil.chown(place, user, user)
    return place


def missing(programs: Iterable[str]) -> list[str]:
    """Those that are not installed."""
    return [name for name in programs if shutil.which(name, path=_PATH) is None and not Path(name).exists()]


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin"


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    return {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": "/home/app", "TZ": "UTC", **(env or {})}
