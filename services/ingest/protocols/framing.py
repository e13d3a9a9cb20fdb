"""Messages out of a byte stream: syslog's two framings (RFC 6587), and messages that end with NUL.

In: bytes as they arrive. Out: whole messages, those beyond ``max_bytes`` cut and marked. Memory: one message.
A syslog message begins with its length in octets where digits, a blank and ``<`` are read, else it ends at a newline
or, as Python's SysLogHandler sends it, at NUL; all may come on one connection. Never raises.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_COUNTED = re.compile(rb"([1-9]\d{0,8}) <")
_MAY_BE_COUNTED = re.compile(rb"[1-9]\d{0,8}(?: ?)\Z")
_LINE_END = re.compile(rb"[\n\0]")
_NEXT = re.compile(rb"[\n](?:[1-9]\d{0,8} )?<")
_NUL = re.compile(rb"\0")


class Frame(NamedTuple):
    message: bytes
    is_cut: bool = False


class Frames:
    """Messages that end with a byte. ``rest`` is what stands behind the last end when the connection closes."""

    _end = _NUL

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._skip_bytes = 0  # of a counted message that was cut
        self._is_skipping = False  # to the end of a message that was cut

    def feed(self, data: bytes) -> list[Frame]:
        """The messages that ``data`` completes; blank ones are left out."""
        self._held += data
        frames: list[Frame] = []
        start = 0
        while start < len(self._held):
            if self._skip_bytes:
                step = min(self._skip_bytes, len(self._held) - start)
                self._skip_bytes -= step
                start += step
                continue
            count = None if self._is_skipping else self._count_at(start)
            if count is not None and count < 0:
                break
            following = self._counted(frames, start, count) if count else self._ended(frames, start)
            if following == start:
                break
            start = following
        del self._held[:start]
        return frames

    def rest(self) -> list[Frame]:
        """The last message when no more will come."""
        message, self._held = bytes(self._held), bytearray()
        return [] if self._is_skipping or self._skip_bytes or not message.strip() else [Frame(message)]

    def _count_at(self, start: int) -> int | None:
        """Octets of a counted message; None for another; -1 when more bytes must tell."""
        return None

    def _counted(self, frames: list[Frame], start: int, count: int) -> int:
        begin = self._held.index(b" ", start) + 1
        if count > self._max_bytes:
            if len(self._held) - begin < self._max_bytes:
                return start
            frames.append(Frame(bytes(self._held[begin : begin + self._max_bytes]), is_cut=True))
            self._skip_bytes = count - self._max_bytes
            return begin + self._max_bytes
        if len(self._held) - begin < count:
            return start
        self._add(frames, begin, begin + count)
        return begin + count

    def _ended(self, frames: list[Frame], start: int) -> int:
        end = self._end.search(self._held, start)
        if end is None:
            if not self._is_skipping and len(self._held) - start <= self._max_bytes:
                return start
            if not self._is_skipping:
                frames.append(Frame(bytes(self._held[start : start + self._max_bytes]), is_cut=True))
                self._is_skipping = True
            return len(self._held)
        if self._is_skipping:
            self._is_skipping = False
        elif end.start() - start > self._max_bytes:
            frames.append(Frame(bytes(self._held[start : start + self._max_bytes]), is_cut=True))
        else:
            self._add(frames, start, end.start())
        return end.end()

    def _add(self, frames: list[Frame], start: int, end: int) -> None:
        message = bytes(self._held[start:end])
        if message.strip():
            frames.append(Frame(message))


class SyslogFrames(Frames):
    """A sender whose first message ends with NUL ends all of them so: a newline is then part of the text."""

    _end = _LINE_END
    _is_end_known = False

    def _ended(self, frames: list[Frame], start: int) -> int:
        if not self._is_end_known and (end := _LINE_END.search(self._held, start)):
            null = _NUL.search(self._held, start)
            self._is_end_known = True
            if null is not None and _NEXT.search(self._held, end.start(), null.start()) is None:
                self._end = _NUL
        return super()._ended(frames, start)

    def _count_at(self, start: int) -> int | None:
        counted = _COUNTED.match(self._held, start)
        if counted is not None:
            return int(counted[1])
        return -1 if _MAY_BE_COUNTED.match(self._held, start) else None
