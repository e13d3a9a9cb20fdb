"""A thread that tells ingest every few seconds which model this detector runs, and where.

What it tells is looked at anew each time: a detector that lost its card says so.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Protocol

from services.detector.device import CUDA, Card, cards
from shared.rounds import Rounds
from shared.store.detectors import INTERVAL_S, Detectors, RunningDetector


class Model(Protocol):
    """What is told of a model."""

    @property
    def version(self) -> str: ...

    @property
    def provider(self) -> str: ...


class Announcer:
    """``rounds`` is the thread; ``running`` is what it tells."""

    def __init__(
        self,
        detectors: Detectors,
        model: Model,
        now_ms: Callable[[], int],
        interval_s: float = INTERVAL_S,
        find_cards: Callable[[], list[Card]] = cards,
    ) -> None:
        self._detectors, self._model, self._now_ms = detectors, model, now_ms
        found = find_cards() if model.provider == CUDA else []
        self._card = found[0].name if found else ""
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._told: RunningDetector | None = None
        self.rounds = Rounds("announcer", self.round, interval_s, self._withdraw)

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

    def _withdraw(self) -> None:
        if self._told is not None:
            self._detectors.withdraw(self._told)
