"""The reaper: a thread in each service that closes idle windows and rings again for whatever is due.

It makes up for every ring that got lost: with a worker that was killed, or with a Redis that was away.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from shared.errors import LoglynxError
from shared.store.ledger import Ledger

DEFAULT_IDLE_MS: Final = 3000

_log = structlog.get_logger()


class Reaper:
    """``Reaper(ledger, doorbell.ring).start()``; ``stop`` ends it.

    interval_s  between two rounds
    idle_ms     a stream without a push for so long gets its open windows closed
    due         queue -> "is there work at this time (ms)?"; the ledger's streams and flags by default
    """

    def __init__(
        self,
        ledger: Ledger,
        ring: Callable[[str], object],
        interval_s: float = 2.0,
        idle_ms: int = DEFAULT_IDLE_MS,
        due: Mapping[str, Callable[[int], bool]] | None = None,
    ) -> None:
        self._ledger, self._ring, self._interval_s, self._idle_ms = ledger, ring, interval_s, idle_ms
        self._due = due if due is not None else {"detector": ledger.is_due, "analyzer": ledger.has_due_flags}
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="reaper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def round(self, now_ms: int) -> None:
        """One round. Raises StoreUnavailable, Overloaded."""
        self._ledger.flush_idle(now_ms, self._idle_ms)
        for queue, is_due in self._due.items():
            if is_due(now_ms):
                self._ring(queue)

    def _loop(self) -> None:
        while not self._is_stopped.wait(self._interval_s):
            try:
                self.round(time.time_ns() // 1_000_000)
            except LoglynxError as error:
                _log.warning("reaper_round_failed", error=error.code)
            except Exception:  # the top of a loop: the next round may do better
                _log.exception("reaper_round_failed")
