"""A candidate scores live windows beside the active model, without any effect but a report.

The scoring thread offers what it has committed and never waits: a full inbox, a share of the time that is used up, a
candidate that fails are counted, and that is all. The candidate runs in a thread of its own, of the lowest priority,
a few windows at a time, and rests after each run so long that it is busy for at most ``share`` of the time. Streams
are followed with baselines in this process's memory, the candidate's own where it comes with some: until it knows a
stream, its windows are scored and not compared.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from services.detector.served_models import AGAIN_S, ServedModel
from shared.artefacts.manifest import Artefact
from shared.artefacts.registry import ModelRegistry
from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence
from shared.core.records import Event, Verdict, VerdictState, Window
from shared.errors import LoglynxError
from shared.rounds import Rounds
from shared.store.shadows import Disagreement, ShadowSums
from shared.telemetry import Refusal, count_refusal

log = structlog.get_logger()

MOST_WINDOWS: Final = 32  # of one run, and of one offer
_INBOX: Final = 8
_MOST_STREAMS: Final = 64
_MOST_EVENTS: Final = 150_000  # in the baselines of all, 1.4 kB each
_LOOK_S: Final = 1.0
_LOWEST_PRIORITY: Final = 19

Record = Callable[[str, ShadowSums, Sequence[Disagreement]], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """Windows that the active model has judged, with its verdicts and its time for one."""

    stream: str
    is_sequence: bool
    windows: Sequence[Window]
    events: Sequence[list[Event]]
    verdicts: Sequence[Verdict]
    active_ms: float


class Shadow:
    """``start`` and ``stop`` it once; without a candidate it does nothing. ``record`` adds to the report."""

    def __init__(
        self,
        record: Record,
        learn_windows: int,
        share: float,
        sleep: Callable[[float], object] | None = None,
        most_events: int = _MOST_EVENTS,
    ) -> None:
        self._record, self._learn_windows, self._share = record, learn_windows, share
        self._inbox: queue.Queue[Offer] = queue.Queue(_INBOX)
        self._candidate: ServedModel | None = None
        self._followed: dict[str, tuple[Baseline, list[WindowEvidence]]] = {}  # with what waits to be learnt
        self._most_events = most_events
        self._skipped = 0
        self._is_stopped = threading.Event()
        self._sleep = sleep or self._is_stopped.wait
        self._thread = threading.Thread(target=self._loop, name="shadow", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self._is_stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def replace(self, candidate: ServedModel | None) -> None:
        """From any thread."""
        self._candidate = candidate

    def offer(self, offer: Offer) -> None:
        """From the scoring thread; at once."""
        if self._candidate is None or not offer.windows:
            return
        part = slice(0, MOST_WINDOWS)
        taken = Offer(
            offer.stream,
            offer.is_sequence,
            offer.windows[part],
            offer.events[part],
            offer.verdicts[part],
            offer.active_ms,
        )
        skipped = len(offer.windows) - len(taken.windows)
        try:
            self._inbox.put_nowait(taken)
        except queue.Full:
            skipped = len(offer.windows)
        self._skip(skipped)

    def score(self, offer: Offer, candidate: ServedModel) -> None:
        """One offer through the candidate, and into the report. Raises whatever the candidate raises."""
        began = time.monotonic()
        evidence = candidate.reader.read(offer.events)
        baseline, waiting = self._followed.get(offer.stream) or (self._first(offer.stream, candidate), [])
        verdicts, after, _ = candidate.judge.judge(offer.windows, evidence, baseline, 0, offer.is_sequence, waiting)
        if not offer.is_sequence:
            self._keep(offer.stream, after, waiting)
        spent_ms = (time.monotonic() - began) * 1000
        skipped, self._skipped = self._skipped, 0
        sums, disagreements = compare(offer.verdicts, verdicts, offer.active_ms, spent_ms, skipped)
        self._record(candidate.version, sums, disagreements)

    def _loop(self) -> None:
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)
        scored_by: ServedModel | None = None
        while not self._is_stopped.is_set():
            try:
                offer = self._inbox.get(timeout=0.2)
            except queue.Empty:
                continue
            candidate = self._candidate
            if candidate is None:
                continue
            if candidate is not scored_by:
                self._followed.clear()
                scored_by = candidate
            began = time.monotonic()
            try:
                self.score(offer, candidate)
            except Exception as error:  # the top of a loop: a candidate may fail in any way, and nobody else shall
                self._failed(candidate, error, len(offer.windows))
            self._sleep((time.monotonic() - began) * (1.0 / self._share - 1.0))

    def _failed(self, candidate: ServedModel, error: Exception, windows: int) -> None:
        log.warning("shadow_failed", model=candidate.version, error=type(error).__name__)
        self._skip(windows)
        with suppress(LoglynxError):
            self._record(candidate.version, ShadowSums(failures=1.0), ())

    def _skip(self, windows: int) -> None:
        if windows:
            self._skipped += windows
            count_refusal("detector", Refusal.SHADOW_SKIPPED, windows)

    def _first(self, stream: str, candidate: ServedModel) -> Baseline:
        """A candidate that comes with a baseline of the stream knows it at once, as it would when active."""
        content = candidate.known.get(stream)
        return Baseline(self._learn_windows) if content is None else Baseline.from_bytes(content)

    def _keep(self, stream: str, baseline: Baseline, waiting: list[WindowEvidence]) -> None:
        others = sum(other.events for name, (other, _) in self._followed.items() if name != stream)
        before = self._followed.get(stream)
        if before is None and (len(self._followed) >= _MOST_STREAMS or others >= self._most_events):
            return  # the first streams are followed; more would all be learning for ever
        is_growth = before is not None and before[0].is_ready and baseline.events > before[0].events
        if is_growth and others + baseline.events > self._most_events:
            return  # it is compared as it is
        self._followed[stream] = (baseline, waiting)


def compare(
    active: Sequence[Verdict], shadow: Sequence[Verdict], active_ms: float, spent_ms: float, skipped: int
) -> tuple[ShadowSums, list[Disagreement]]:
    """The sums over windows judged by both, and those on which they disagree."""
    counts = {(False, False): 0, (True, True): 0, (False, True): 0, (True, False): 0}  # (active, shadow) flags
    pairs, disagreements = [], []
    for one, other in zip(active, shadow, strict=True):
        if {one.state, other.state} - {VerdictState.NORMAL, VerdictState.FLAGGED}:
            continue
        flags = (one.state is VerdictState.FLAGGED, other.state is VerdictState.FLAGGED)
        counts[flags] += 1
        pairs.append((one.score, other.score))
        if flags[0] != flags[1]:
            disagreements.append(Disagreement(one.stream, one.window_id, flags[1], one.score, other.score))
    sums = ShadowSums(
        windows=len(active),
        skipped=skipped,
        agreed_normal=counts[False, False],
        agreed_flagged=counts[True, True],
        new_flags=counts[False, True],
        lost_flags=counts[True, False],
        n=len(pairs),
        x=sum(x for x, _ in pairs),
        y=sum(y for _, y in pairs),
        xx=sum(x * x for x, _ in pairs),
        yy=sum(y * y for _, y in pairs),
        xy=sum(x * y for x, y in pairs),
        active_ms=active_ms * len(active),
        shadow_ms=spent_ms,
    )
    return sums, disagreements


class ShadowWatch:
    """Follows ``shadow`` of a registry; ``rounds`` is the thread."""

    def __init__(
        self,
        registry: ModelRegistry,
        shadow: Shadow,
        load: Callable[[Artefact], ServedModel],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry, self._shadow, self._load, self._clock = registry, shadow, load, clock
        self._address: str | None = None
        self._try_again_at = 0.0
        self.rounds = Rounds("shadow-registry", self.round, _LOOK_S)

    def round(self) -> None:
        address = self._registry.shadow()
        if address == self._address or (address is not None and self._clock() < self._try_again_at):
            return
        self._shadow.replace(None)
        self._address = None
        if address is None:
            return
        try:
            candidate = self._load(self._registry.load(address).artefact)
        except Exception as error:  # whatever is wrong with it, it only stays out of the shadow
            log.error("model_unusable", address=address, reason=str(error)[:300], error=type(error).__name__)
            count_refusal("detector", Refusal.MODEL_UNUSABLE)
            self._try_again_at = self._clock() + AGAIN_S
            return
        log.info("shadow_scores", model=candidate.version)
        self._shadow.replace(candidate)
        self._address = address
