"""Joins the chunks of GELF messages that came in several datagrams.

In: datagrams, who sent them, the time. Out: whole messages. Bounded: so many messages and bytes under way, and five
seconds for each, as the protocol has it; what is given up is counted in ``lost``. Never raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAGIC = b"\x1e\x0f"
HEAD_BYTES = 12
MAX_CHUNKS = 128
TIMEOUT_S = 5.0


@dataclass(slots=True)
class _Partial:
    count: int
    since_s: float
    chunks: dict[int, bytes] = field(default_factory=dict)
    size: int = 0


class GelfChunks:
    """Not for several threads."""

    def __init__(self, max_messages: int = 1024, max_bytes: int = 8 * 1024 * 1024) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._partial: dict[tuple[object, bytes], _Partial] = {}  # oldest first
        self._bytes = 0
        self.lost = 0

    def add(self, sender: object, datagram: bytes, now_s: float) -> bytes | None:
        """The message that this datagram is, or completes; None while chunks are missing."""
        self.expire(now_s)
        if not datagram.startswith(MAGIC):
            return datagram
        if len(datagram) <= HEAD_BYTES:
            self.lost += 1
            return None
        place, count = datagram[10], datagram[11]
        key = (sender, datagram[2:10])
        partial = self._partial.get(key)
        if not 0 < count <= MAX_CHUNKS or place >= count or (partial is not None and partial.count != count):
            self.lost += 1
            return None
        if partial is None:
            partial = self._partial[key] = _Partial(count, now_s)
        if place not in partial.chunks:
            partial.chunks[place] = datagram[HEAD_BYTES:]
            partial.size += len(datagram) - HEAD_BYTES
            self._bytes += len(datagram) - HEAD_BYTES
        if len(partial.chunks) == count:
            self._drop(key)
            return b"".join(partial.chunks[at] for at in range(count))
        while len(self._partial) > self._max_messages or self._bytes > self._max_bytes:
            self._lose_oldest()
        return None

    def expire(self, now_s: float) -> None:
        """Give up what waits for too long."""
        while self._partial and now_s - next(iter(self._partial.values())).since_s > TIMEOUT_S:
            self._lose_oldest()

    def _lose_oldest(self) -> None:
        self._drop(next(iter(self._partial)))
        self.lost += 1

    def _drop(self, key: tuple[object, bytes]) -> None:
        self._bytes -= self._partial.pop(key).size
