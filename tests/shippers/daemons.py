"""Daemons that take syslog messages over TCP and ship them on, run as they are outside of any init system."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest


class Daemon:
    """A process of a test's own with those that it starts; what they say is in ``log``."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command, env=environment, stdout=sink, stderr=sink, cwd=log.parent, start_new_session=True
            )
        self._log = log

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        if self.is_running():
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class SyslogDaemon:
    """A client of the tier: each line is a message that a program sends to the daemon's port."""

    def __init__(self, daemon: Daemon, port: int) -> None:
        self._daemon = daemon
        self._socket = self._connected(port)

    def write(self, line: str) -> None:
        stamp = datetime.now().strftime("%b %e %H:%M:%S")
        self._socket.sendall(f"<14>{stamp} host-1 shop[17]: {line}\n".encode())

    def finish(self) -> None:
        self._socket.close()

    def _connected(self, port: int) -> socket.socket:
        deadline = time.monotonic() + 20
        while True:
            with suppress(ConnectionRefusedError):
                return socket.create_connection(("127.0.0.1", port), 5)
            if not self._daemon.is_running() or time.monotonic() > deadline:
                pytest.fail(f"the daemon does not listen: {self._daemon.said()}", pytrace=False)
            time.sleep(0.05)
