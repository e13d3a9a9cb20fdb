"""A thread that tells ingest every few seconds which model this detector runs, and where.

What it tells is looked at anew each time: a detector that lost its card says so. Redis away or full is logged once an
outage and is no fault of the detector.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import Protocol

import structlog

from services.detector.device import CUDA, Card, cards
from shared.errors import LoglynxError
from shared.store.detectors import INTERVAL_S, Detectors, RunningDetector

log = structlog.get_logger()


class Model(Protocol):
    """What is told of a model."""

    version: str

    @property
    def provider(self) -> str: ...


class Announcer:
    """``start`` and ``stop`` it once; ``running`` is what it tells."""

    def __init__(
        self,
        detectors: Detectors,
        model: Model,
        now_ms: Callable[[], int],
        interval_s: float = INTERVAL_S,
        find_cards: Callable[[], list[Card]] = cards,
    ) -> None:
        self._detectors, self._model, self._now_ms, self._interval_s = detectors, model, now_ms, interval_s
        found = find_cards() if model.provider == CUDA else []
        self._card = found[0].name if found else ""
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._told: RunningDetector | None = None
        self._is_away = False
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="announcer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def running(self) -> RunningDetector:
        provider = self._model.provider
        return RunningDetector(provider, self._card if provider == CUDA else "", self._model.version, self._worker)

    def round(self) -> None:
        """Tell it. Raises StoreUnavailable, Overloaded."""
        now = self.running()
        if self._told is not None and self._told != now:
            self._detectors.withdraw(self._told)
        self._detectors.announce(now, self._now_ms())
        self._told = now

    def _loop(self) -> None:
        while True:
            self._try(self.round)
            if self._is_stopped.wait(self._interval_s):
                break
        if self._told is not None:
            told = self._told
            self._try(lambda: self._detectors.withdraw(told))

    def _try(self, tell: Callable[[], None]) -> None:
        try:
            tell()
            self._is_away = False
        except LoglynxError as error:
            if not self._is_away:
                log.warning("announcing_failed", error=error.code)
            self._is_away = True
        except Exception:  # the top of a loop: the next round may do better
            log.exception("announcing_failed")
