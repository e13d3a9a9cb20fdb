"""What a shipper remembers over restarts: how far each source was shipped, and the push under way.

A push is written down, body and key, before it is sent. A shipper that died between sending and noting the answer
sends the very same push again, and the server counts it once (for 24 h). One write per push: the note that the last
one arrived goes with the start of the next. The file is private (0600), replaced atomically, and locked while in use.
Fails with CommandFailed: locked by another shipper, unreadable, or of another server.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from loglynx.failures import CommandFailed
from loglynx.shipping.shipment import TEXT, Shipment

VERSION = 1
SAVED_BODY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PendingPush:
    """A push that may or may not have arrived."""

    key: str
    shipment: Shipment


class ShipState:
    """Not for several threads. ``positions`` are those behind the last push that is known to have arrived."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._url = url
        self._is_dirty = False
        self.positions: dict[str, Any] = {}
        self.pending: PendingPush | None = None

    @classmethod
    @contextmanager
    def open(cls, path: Path, url: str) -> Iterator[ShipState]:
        """The state in ``path``, new if there is none; written back when left."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(path.with_name(f"{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise CommandFailed(f"{path}: {error.strerror}", "name a writable place with --state") from error
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise CommandFailed(
                    f"another shipper works with {path}", "give this one a file of its own with --state"
                ) from error
            state = cls(path, url)
            state._load()
            yield state
            state.flush()
        finally:
            os.close(lock)

    def begin(self, shipment: Shipment) -> PendingPush:
        """Write the push down; from here on it is sent until it has arrived, over restarts."""
        self.pending = PendingPush(f"ship-{secrets.token_hex(20)}", shipment)
        self._write()
        return self.pending

    def settle(self) -> None:
        """The push has arrived. Written with the next ``begin`` or ``flush``."""
        if self.pending is not None:
            self.move(dict(self.pending.shipment.after))
            self.pending = None

    def move(self, positions: dict[str, Any]) -> None:
        """Positions that changed without a push; None forgets one."""
        for name, position in positions.items():
            if position is None:
                self.positions.pop(name, None)
            else:
                self.positions[name] = position
        self._is_dirty = True

    def flush(self) -> None:
        if self._is_dirty:
            self._write()

    def _write(self) -> None:
        value: dict[str, Any] = {"version": VERSION, "url": self._url, "positions": self.positions}
        if self.pending is not None:
            shipment = self.pending.shipment
            packed = zstandard.ZstdCompressor(level=1).compress(shipment.body)
            value["pending"] = {
                "key": self.pending.key,
                "stream": shipment.stream,
                "kind": shipment.kind,
                "after": dict(shipment.after),
                "body": base64.b64encode(packed).decode("ascii"),
            }
        new = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(value, file, separators=(",", ":"))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        self._is_dirty = False

    def _load(self) -> None:
        try:
            value = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise CommandFailed(
                f"{self._path} cannot be read as a shipper's state", "move it away to begin anew"
            ) from error
        if not isinstance(value, dict) or value.get("version") != VERSION:
            raise CommandFailed(f"{self._path} is no state of this version", "move it away to begin anew")
        if value.get("url") != self._url:
            raise CommandFailed(
                f"{self._path} says how far logs were shipped to {value.get('url')}",
                f"name another file with --state to ship to {self._url} too",
            )
        self.positions = dict(value.get("positions") or {})
        if pending := value.get("pending"):
            packed = base64.b64decode(pending["body"])
            body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=SAVED_BODY_BYTES)
            lines = tuple(body[:-1].split(b"\n"))
            kind = str(pending.get("kind", TEXT))
            shipment = Shipment(lines, str(pending["stream"]), kind, dict(pending["after"]))
            self.pending = PendingPush(str(pending["key"]), shipment)
