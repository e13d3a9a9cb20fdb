"""The systemd journal, as ``journalctl -o json`` tells it, from the cursor behind what was shipped.

In: options and the cursor of an earlier run. Out: shipments. ``journalctl`` that ends is started again from the last
cursor. Fails with CommandFailed where it is missing, or ends without having told anything.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Generator, Mapping
from typing import Any

from loglynx.failures import CommandFailed
from loglynx.shipping.inbox import Arrived, Inbox, shipments_of
from loglynx.shipping.shipment import Shipment, record_line
from shared.core.decoding import decode_bytes

CURSOR = "journal"
AGAIN_S = 2.0
MAX_ENTRY_BYTES = 4 * 1024 * 1024
STREAM = "journal"


class JournalSource:
    """``arguments`` are journalctl's own: units, directory. ``since`` counts where there is no cursor yet."""

    def __init__(
        self,
        arguments: list[str],
        positions: Mapping[str, Any],
        stop: threading.Event,
        since: str | None = None,
        is_once: bool = False,
        warn: Callable[[str], None] = lambda text: None,
        program: str = "journalctl",
    ) -> None:
        found = shutil.which(program)
        if found is None:
            raise CommandFailed(
                f"{program} is not here", "it comes with systemd; files are shipped by `loglynx ship file`"
            )
        self._command = [found, "--output=json", "--all", "--quiet", "--no-pager", "--no-tail", *arguments]
        self._cursor = str(positions.get(CURSOR) or "")
        self._since = since
        self._is_once = is_once
        self._stop = stop
        self._warn = warn
        self._inbox = Inbox()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: CommandFailed | None = None
        self._is_done = False

    def shipments(self) -> Generator[Shipment | None, None, None]:
        thread = threading.Thread(target=self._read, daemon=True)
        thread.start()
        try:
            yield from shipments_of(self._inbox, STREAM, lambda: self._is_done or self._stop.is_set())
            if self._failure is not None:
                raise self._failure
        finally:
            self._stop.set()
            self._inbox.close()
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()
            thread.join(5)

    def command(self) -> list[str]:
        """What is run next."""
        where = (
            [f"--after-cursor={self._cursor}"] if self._cursor else [f"--since={self._since}"] if self._since else []
        )
        return [*self._command, *where, *([] if self._is_once else ["--follow"])]

    def _read(self) -> None:
        try:
            while not self._stop.is_set():
                told, code, error = self._read_once()
                if self._is_once or self._stop.is_set():
                    self._failure = (
                        CommandFailed(f"journalctl: {error}") if code and not self._stop.is_set() else None
                    )
                    return
                if not told and code:
                    self._failure = CommandFailed(f"journalctl: {error}", "see whether it works when typed by hand")
                    return
                self._warn(f"journalctl ended with {code}; started again")
                self._stop.wait(AGAIN_S)
        finally:
            self._is_done = True

    def _read_once(self) -> tuple[int, int, str]:
        told = 0
        with subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            self._process = process
            assert process.stdout is not None and process.stderr is not None
            while line := process.stdout.readline(MAX_ENTRY_BYTES):
                arrived = read_entry(line)
                if arrived is None:
                    continue
                told += 1
                if not self._inbox.put(arrived):
                    process.terminate()
                    break
                self._cursor = str(arrived.position)
            error = process.stderr.read(2000).decode("utf-8", "replace").strip()
            return told, process.wait(), error


def read_entry(line: bytes) -> Arrived | None:
    """One entry as a record; None where it is none, or has no text (its cursor is then passed by with the next)."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not isinstance(cursor := entry.get("__CURSOR"), str):
        return None
    text = _text(entry.get("MESSAGE"))
    if not text.strip():
        return None
    at_us, priority = _text(entry.get("__REALTIME_TIMESTAMP")), _text(entry.get("PRIORITY"))
    at_ns = int(at_us) * 1000 if at_us.isdigit() else None
    level = int(priority) if priority in tuple("01234567") else None
    program = _text(entry.get("SYSLOG_IDENTIFIER")) or _text(entry.get("_COMM"))
    stream = stream_of_entry(_text(entry.get("_SYSTEMD_UNIT")), program)
    return Arrived(record_line(text, stream, at_ns, level, program), CURSOR, cursor, stream)


def stream_of_entry(unit: str, program: str) -> str:
    """The service without its instance, else the program: scopes and sessions are new each time.

    >>> stream_of_entry("postgresql@15-main.service", "postgres"), stream_of_entry("session-3.scope", "sshd")
    ('postgresql', 'sshd')
    """
    if unit.endswith(".service") and not unit.startswith("user@"):
        return unit.removesuffix(".service").partition("@")[0]
    return program or unit or STREAM


def _text(value: object) -> str:
    """journalctl gives bytes that are no UTF-8 as a list of numbers, and a field that comes twice as a list."""
    if isinstance(value, list):
        if all(isinstance(item, int) and 0 <= item < 256 for item in value):
            return decode_bytes(bytes(value))
        return "\n".join(_text(item) for item in value)
    return value if isinstance(value, str) else ""
