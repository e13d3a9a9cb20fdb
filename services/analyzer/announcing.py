"""A thread that tells ingest every few seconds what answers in this analyzer, and how well its server behaves.

The language model is probed at the start, and again now and then while it does not answer. Redis away or full is
logged once an outage; nothing here stops the analyzer.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from services.analyzer.llm.probing import Probed, probe
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.rules import ENGINE
from shared.errors import LoglynxError
from shared.store.analyzers import INTERVAL_S, RunningAnalyzer

PROBE_AGAIN_S = 60.0

log = structlog.get_logger()


class Told(Protocol):
    """Who is told: ``shared.store.analyzers.Analyzers``."""

    def announce(self, analyzer: RunningAnalyzer, now_ms: int) -> None: ...

    def withdraw(self, analyzer: RunningAnalyzer) -> None: ...


class Announcer:
    """``start`` and ``stop`` it once."""

    def __init__(
        self,
        told: Told,
        model: LanguageModel | None,
        now_ms: Callable[[], int],
        interval_s: float = INTERVAL_S,
        probe_model: Callable[[LanguageModel], Probed] = probe,
    ) -> None:
        self._told, self._model, self._now_ms, self._interval_s = told, model, now_ms, interval_s
        self._probe = probe_model
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._probed = Probed()
        self._probe_at_s = 0.0
        self._last: RunningAnalyzer | None = None
        self._is_away = False
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="announcer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

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

    def _loop(self) -> None:
        while True:
            self._try(self.round)
            if self._is_stopped.wait(self._interval_s):
                break
        if self._last is not None:
            last = self._last
            self._try(lambda: self._told.withdraw(last))

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
