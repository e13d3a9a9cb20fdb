"""Lines of sources that wait in threads of their own, bounded in bytes: a thread that brings more waits.

In: lines with the position behind each. Out: shipments; a source's position moves only with its lines.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass

from loglynx.shipping.shipment import MAX_BYTES, MAX_LINES, RECORDS, Shipment

MAX_HELD_BYTES = 8 * 1024 * 1024
GATHER_S = 0.3
IDLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """``line`` is a record in JSON; ``position`` of ``source`` is where it stands behind the line."""

    line: bytes
    source: str
    position: object
    shown_as: str = ""


class Inbox:
    """One taker, many that put."""

    def __init__(self, max_bytes: int = MAX_HELD_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: deque[Arrived] = deque()
        self._bytes = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, arrived: Arrived) -> bool:
        """Wait for room. False: nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._bytes < self._max_bytes)
            if self._is_closed:
                return False
            self._held.append(arrived)
            self._bytes += len(arrived.line)
            self._changed.notify_all()
            return True

    def take(self, wait_s: float) -> list[Arrived]:
        """What gathers within a moment after the first, for one push; [] when nothing comes within ``wait_s``."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._held, wait_s):
                return []
            until = time.monotonic() + GATHER_S
            while not self._is_enough() and (left_s := until - time.monotonic()) > 0:
                self._changed.wait(left_s)
            taken: list[Arrived] = []
            size = 0
            while self._held and len(taken) < MAX_LINES and (not taken or size + len(self._held[0].line) < MAX_BYTES):
                arrived = self._held.popleft()
                size += len(arrived.line)
                taken.append(arrived)
            self._bytes -= size
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _is_enough(self) -> bool:
        return len(self._held) >= MAX_LINES or self._bytes >= MAX_BYTES


def shipments_of(inbox: Inbox, stream: str, is_over: Callable[[], bool]) -> Generator[Shipment | None, None, None]:
    """Until ``is_over``, asked only where nothing is left."""
    while True:
        was_over = is_over()
        taken = inbox.take(0.0 if was_over else IDLE_S)
        if taken:
            after = {arrived.source: arrived.position for arrived in taken}
            lines = tuple(arrived.line for arrived in taken)
            yield Shipment(lines, stream, RECORDS, after, taken[-1].shown_as)
            continue
        yield None
        if was_over:
            return
