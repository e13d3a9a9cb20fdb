"""A thread that tells ingest every few seconds what answers in this analyzer, and how well its server behaves.

The language model is probed at the start, and again now and then while it does not answer.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from services.analyzer.llm.probing import Probed, probe
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.rules import ENGINE
from shared.rounds import Rounds
from shared.store.analyzers import INTERVAL_S, RunningAnalyzer

PROBE_AGAIN_S = 60.0

log = structlog.get_logger()


class Told(Protocol):
    """Who is told: ``shared.store.analyzers.Analyzers``."""

    def announce(self, analyzer: RunningAnalyzer, now_ms: int) -> None: ...

    def withdraw(self, analyzer: RunningAnalyzer) -> None: ...


class Announcer:
    """``rounds`` is the thread."""

    def __init__(
        self,
        told: Told,
        model: LanguageModel | None,
        now_ms: Callable[[], int],
        interval_s: float = INTERVAL_S,
        probe_model: Callable[[LanguageModel], Probed] = probe,
    ) -> None:
        self._told, self._model, self._now_ms = told, model, now_ms
        self._probe = probe_model
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._probed = Probed()
        self._probe_at_s = 0.0
        self._last: RunningAnalyzer | None = None
        self.rounds = Rounds("announcer", self.round, interval_s, self._withdraw)

    def running(self) -> RunningAnalyzer:
        if self._model is None:
            return RunningAnalyzer(ENGINE, worker=self._worker)
        return RunningAnalyzer(self._model.name, self._probed.model_id, self._probed.enforces_schema, self._worker)

    def round(self) -> None:
        """Probe if that is due, and tell. Raises StoreUnavailable, Overloaded."""
        if self._model and self._probed.enforces_schema is None and time.monotonic() >= self._probe_at_s:
            self._probed = self._probe(self._model)
            self._probe_at_s = time.monotonic() + PROBE_AGAIN_S
            log.info(
                "language_model_probed",
                model=self._probed.model_id,
                enforces_schema=self._probed.enforces_schema,
                why=self._probed.why,
            )
        now = self.running()
        if self._last is not None and self._last != now:
            self._told.withdraw(self._last)
        self._told.announce(now, self._now_ms())
        self._last = now

    def _withdraw(self) -> None:
        if self._last is not None:
            self._told.withdraw(self._last)
