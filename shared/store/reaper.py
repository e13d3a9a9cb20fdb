"""The reaper: a thread in each service that closes idle windows and rings again for whatever is due.

It makes up for every ring that got lost: with a worker that was killed, or with a Redis that was away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from shared.rounds import Rounds
from shared.store.ledger import Ledger

DEFAULT_IDLE_MS: Final = 3000


class Reaper:
    """``Reaper(ledger, doorbell.ring).rounds.start()``; ``rounds.stop()`` ends it.

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
        self._ledger, self._ring, self._idle_ms = ledger, ring, idle_ms
        self._due = due if due is not None else {"detector": ledger.is_due, "analyzer": ledger.has_due_flags}
        self.rounds = Rounds("reaper", lambda: self.round(time.time_ns() // 1_000_000), interval_s, is_at_once=False)

    def round(self, now_ms: int) -> None:
        """One round. Raises StoreUnavailable, Overloaded."""
        self._ledger.flush_idle(now_ms, self._idle_ms)
        for queue, is_due in self._due.items():
            if is_due(now_ms):
                self._ring(queue)
