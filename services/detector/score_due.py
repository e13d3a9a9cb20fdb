"""The detector's one use case: claim what is due, score it together, commit each stream for itself.

However it ends, the ledger stays true: a stream whose scoring failed is released and tried again, halved until the
poison stands alone; what fails even then becomes a FAILED verdict and a dead letter. A commit whose lease has gone to
another worker writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import structlog

from services.detector.fold_stream import FoldedClaim, fold_claim, parse_block, read_plainly
from services.detector.gather_evidence import EvidenceReader
from services.detector.score_windows import Judge, flag_of
from services.detector.settings import DetectorSettings
from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence
from shared.core.parsing import LineParser
from shared.core.records import Verdict, VerdictState
from shared.errors import LoglynxError
from shared.store.claims import Claim, DeadLetter, LogEntry, Outcome
from shared.store.ledger import Ledger
from shared.store.outbox import encode_events

log = structlog.get_logger()

Clock = Callable[[], int]
BACKOFF_MS = 200  # after each failed attempt in a row
_DEAD_TEXT = 500
_MOST_CACHED = 512


class ScoreDue:
    """Callable: score until nothing is due, for at most ``most_rounds``; returns the number of windows scored."""

    def __init__(
        self,
        ledger: Ledger,
        reader: EvidenceReader,
        judge: Judge,
        settings: DetectorSettings,
        now_ms: Clock,
        ring_analyzer: Callable[[], object] = lambda: None,
        is_archive_wanted: Callable[[int], bool] = lambda now_ms: False,
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._judge = judge
        self._settings = settings
        self._now_ms = now_ms
        self._ring_analyzer = ring_analyzer
        self._is_archive_wanted = is_archive_wanted
        self._baselines: dict[tuple[str, int], Baseline] = {}
        self._parsers: dict[str, LineParser] = {}
        self._waiting: dict[str, list[WindowEvidence]] = {}

    def __call__(self, most_rounds: int = 1_000) -> int:
        scored = 0
        for _ in range(most_rounds):
            claims = self._ledger.claim(
                self._now_ms(), self._settings.lease_ms, self._settings.batch_events, self._settings.batch_streams
            )
            if not claims:
                break
            scored += self._score(claims)
        return scored

    def _score(self, claims: Sequence[Claim]) -> int:
        read = zip(claims, self._ledger.read_many(claims), strict=True)
        folded = [done for claim, entries in read if (done := self._fold(claim, entries))]
        healthy = [f for f in folded if not f.claim.is_last_resort]
        for hopeless in (f for f in folded if f.claim.is_last_resort):
            self._bury(hopeless)
        for done, evidence in self._gather(healthy):
            self._finish(done, evidence)
        return sum(len(f.windows) for f in folded)

    def _fold(self, claim: Claim, entries: Sequence[LogEntry]) -> FoldedClaim | None:
        try:
            if claim.is_last_resort:
                return fold_claim(claim, entries, read_plainly)
            return fold_claim(claim, entries, partial(parse_block, parser=self._parser(claim.stream)))
        except LoglynxError:
            raise
        except Exception as error:
            self._give_up(claim, error)
            return None

    def _gather(self, folded: Sequence[FoldedClaim]) -> list[tuple[FoldedClaim, list[WindowEvidence]]]:
        """Evidence for all streams in one run; when that fails, stream by stream, so that only the guilty waits."""
        windows = [events for f in folded for events in f.events]
        try:
            evidence = self._reader.read(windows)
        except Exception as error:
            if len(folded) == 1:
                self._give_up(folded[0].claim, error)
                return []
            return [pair for f in folded for pair in self._gather([f])]
        shares = []
        for f in folded:
            shares.append((f, evidence[: len(f.windows)]))
            evidence = evidence[len(f.windows) :]
        return shares

    def _finish(self, done: FoldedClaim, evidence: list[WindowEvidence]) -> None:
        claim = done.claim
        try:
            before = self._baseline(claim)
            waiting = list(self._waiting.get(claim.stream, ()))
            verdicts, after = self._judge.judge(
                done.windows, evidence, before, claim.baseline_version, claim.is_sequence, waiting
            )
            now = self._now_ms()
            flags = [
                flag_of(verdict, events, now)
                for verdict, events in zip(verdicts, done.events, strict=True)
                if verdict.state is VerdictState.FLAGGED
            ]
            learnt = None if after is before else after.to_bytes()
            is_archived = bool(verdicts) and self._is_archive_wanted(now)
            archived = encode_events(done.windows, done.events) if is_archived else b""
        except Exception as error:
            self._give_up(claim, error)
            return
        outcome = Outcome(state=done.state, verdicts=verdicts, flags=flags, baseline=learnt, archived=archived)
        if not self._ledger.commit(claim, outcome, self._now_ms()):
            return
        if not claim.is_sequence:
            self._keep_waiting(claim.stream, waiting)
        if learnt is not None:
            self._remember((claim.stream, claim.baseline_version + 1), after)
        if flags:
            self._ring_analyzer()

    def _bury(self, hopeless: FoldedClaim) -> None:
        """Every window that the poisonous event closes gets a FAILED verdict and lies among the dead letters."""
        now = self._now_ms()
        verdicts = [
            Verdict(
                window_id=window.window_id,
                stream=window.stream,
                seqs=window.seqs,
                state=VerdictState.FAILED,
                score=0.0,
                strangeness=0.0,
                threshold=0.0,
                model_version=self._judge.model_version,
                baseline_version=hopeless.claim.baseline_version,
            )
            for window in hopeless.windows
        ]
        dead = [
            DeadLetter(
                stream=window.stream,
                window_id=window.window_id,
                first_seq=window.seqs[0],
                last_seq=window.seqs[-1],
                reason="scoring failed at every attempt",
                at_ms=now,
                texts=tuple(event.text[:_DEAD_TEXT] for event in events),
            )
            for window, events in zip(hopeless.windows, hopeless.events, strict=True)
        ]
        self._ledger.commit(hopeless.claim, Outcome(state=hopeless.state, verdicts=verdicts, dead=dead), now)

    def _give_up(self, claim: Claim, error: Exception) -> None:
        log.warning("scoring_failed", stream=claim.stream, attempts=claim.attempts, exc_info=error)
        backoff_ms = BACKOFF_MS * min(claim.attempts, 10)
        self._ledger.release(claim, type(error).__name__, self._now_ms(), backoff_ms)

    def _baseline(self, claim: Claim) -> Baseline:
        """The stream's baseline; it never changes under its version, so what was read once is remembered."""
        key = (claim.stream, claim.baseline_version)
        if claim.is_sequence or claim.baseline_version == 0:
            return self._fresh()
        if key not in self._baselines:
            stored = self._ledger.read_baseline(*key)
            self._remember(key, self._read(claim.stream, stored) if stored else self._fresh())
        return self._baselines[key]

    def _read(self, stream: str, stored: bytes) -> Baseline:
        """A baseline of another version cannot be read: its stream learns again, it does not fail for ever."""
        try:
            return Baseline.from_bytes(stored)
        except (ValueError, KeyError, OSError):
            log.warning("baseline_unreadable", stream=stream)
            return self._fresh()

    def _fresh(self) -> Baseline:
        return Baseline(self._settings.learn_windows)

    def _remember(self, key: tuple[str, int], baseline: Baseline) -> None:
        self._baselines.pop((key[0], key[1] - 1), None)
        if len(self._baselines) >= _MOST_CACHED:
            self._baselines.pop(next(iter(self._baselines)))
        self._baselines[key] = baseline

    def _keep_waiting(self, stream: str, waiting: list[WindowEvidence]) -> None:
        """In this process only: what a restart forgets is learnt from the windows that come after it."""
        self._waiting.pop(stream, None)
        if len(self._waiting) >= _MOST_CACHED:
            self._waiting.pop(next(iter(self._waiting)))
        if waiting:
            self._waiting[stream] = waiting

    def _parser(self, stream: str) -> LineParser:
        if len(self._parsers) >= _MOST_CACHED:
            self._parsers.pop(next(iter(self._parsers)))
        return self._parsers.setdefault(stream, LineParser())
