"""Rounds: a thread that does the same thing every few seconds until it is stopped.

A round that fails ends nothing: a store that is away or full is logged once an outage, whatever else is wrong each
time, and the next round may do better.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from shared.errors import LoglynxError

log = structlog.get_logger()


class Rounds:
    """``start`` and ``stop`` it once.

    name          of the thread, and in the log
    interval_s    between two rounds
    at_end        done after the last one
    is_at_once    the first round comes at the start, not after one interval
    """

    def __init__(
        self,
        name: str,
        go: Callable[[], object],
        interval_s: float,
        at_end: Callable[[], object] | None = None,
        *,
        is_at_once: bool = True,
    ) -> None:
        self._name, self._go, self._interval_s, self._at_end, self._is_at_once = (
            name,
            go,
            interval_s,
            at_end,
            is_at_once,
        )
        self._is_away = False
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    @property
    def is_going(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _loop(self) -> None:
        if self._is_at_once:
            self._try(self._go)
        while not self._is_stopped.wait(self._interval_s):
            self._try(self._go)
        if self._at_end is not None:
            self._try(self._at_end)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
            self._is_away = False
        except LoglynxError as error:
            if not self._is_away:
                log.warning("round_failed", rounds=self._name, error=error.code)
            self._is_away = True
        except Exception:  # the top of a loop: the next round may do better
            log.exception("round_failed", rounds=self._name)
