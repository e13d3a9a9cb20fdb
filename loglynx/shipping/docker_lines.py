"""A container's log lines out of what the engine sends, and the place to go on from after a restart.

In: pieces of one pipe of one container, each line with the engine's stamp before it. Out: lines with stamp and Place.
The engine can only be asked for whole seconds, so what comes again is told by its stamp in ns, and among equal stamps
by its number. Never raises.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

PIECE_BYTES = 16 * 1024  # the engine breaks longer lines into pieces, each with a stamp
MAX_LINE_BYTES = 1024 * 1024
_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{1,9})(Z|[+-]\d\d:\d\d) ?")


class Place(NamedTuple):
    """``number`` pieces with the stamp ``at_ns`` were shipped, and all before."""

    at_ns: int = 0
    number: int = 0


class Line(NamedTuple):
    at_ns: int | None
    text: bytes
    place: Place


class DockerLines:
    """``feed`` takes frames of a multiplexed pipe, which hold one piece each, or any bytes of a terminal."""

    def __init__(self, place: Place, is_terminal: bool) -> None:
        self._shipped = place
        self._is_resuming = place.at_ns > 0
        self._is_terminal = is_terminal
        self._place = place
        self._seen = Place()
        self._at_ns: int | None = None  # of the line that is being joined
        self._parts: list[bytes] = []
        self._raw = b""

    def feed(self, data: bytes) -> list[Line]:
        """The lines that ``data`` completes."""
        if not self._is_terminal:
            return self._piece(data)
        *whole, self._raw = (self._raw + data).split(b"\n")
        if len(self._raw) > MAX_LINE_BYTES:
            whole, self._raw = [*whole, self._raw], b""
        return [line for text in whole for line in self._piece(text + b"\n")]

    def rest(self) -> list[Line]:
        """The last line when the log ended without its end."""
        raw, self._raw = self._raw, b""
        lines = self._piece(raw + b"\n") if raw else []
        return lines + self._joined() if self._parts else lines

    def _piece(self, data: bytes) -> list[Line]:
        stamp = _STAMP.match(data)
        at_ns = _nanoseconds(stamp) if stamp else None
        text = data[stamp.end() :] if stamp else data
        if at_ns is not None and self._was_shipped(at_ns):
            return []
        if not self._parts:
            self._at_ns = at_ns
        self._parts.append(_without_inner_stamps(text) if self._is_terminal else text)
        is_over = text.endswith(b"\n") or sum(map(len, self._parts)) > MAX_LINE_BYTES
        return self._joined() if is_over else []

    def _joined(self) -> list[Line]:
        text = b"".join(self._parts).removesuffix(b"\n").removesuffix(b"\r")
        self._parts = []
        return [Line(self._at_ns, text, self._place)]

    def _was_shipped(self, at_ns: int) -> bool:
        self._seen = Place(at_ns, self._seen.number + 1 if at_ns == self._seen.at_ns else 1)
        is_before = at_ns < self._shipped.at_ns
        if self._is_resuming and (
            is_before or (at_ns == self._shipped.at_ns and self._seen.number <= self._shipped.number)
        ):
            return True
        self._is_resuming = False  # a clock that is set back later must not hide lines
        self._place = self._seen
        return False


def _without_inner_stamps(text: bytes) -> bytes:
    parts = []
    while len(text) > PIECE_BYTES and (stamp := _STAMP.match(text, PIECE_BYTES)):
        parts.append(text[:PIECE_BYTES])
        text = text[stamp.end() :]
    return b"".join([*parts, text])


def _nanoseconds(stamp: re.Match[bytes]) -> int:
    moment = datetime.fromisoformat((stamp[1] + stamp[3]).decode())
    return int(moment.timestamp()) * 1_000_000_000 + int(stamp[2].ljust(9, b"0"))
