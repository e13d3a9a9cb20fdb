"""The detector's one use case: claim what is due, score it together, commit each stream for itself.

Everything that one commit writes is the word of one model; which, succession.py says. Models are taken up between
two batches only. However it ends, the ledger stays true: a stream whose scoring failed is released and tried again,
halved until the poison stands alone; what fails even then becomes a FAILED verdict and a dead letter. A commit whose
lease has gone to another worker writes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping, Sequence
from functools import partial
from typing import Any

import structlog
from cachetools import LRUCache

from services.detector.fold_stream import FoldedClaim, fold_claim, parse_block, read_plainly
from services.detector.score_windows import flag_of
from services.detector.served_models import ServedModel, ServedModels
from services.detector.settings import DetectorSettings
from services.detector.shadow import Offer
from services.detector.succession import Standing
from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence
from shared.core.parsing import LineParser
from shared.core.records import Verdict, VerdictState
from shared.errors import LoglynxError
from shared.store.baselines import StreamBaselines
from shared.store.claims import Claim, DeadLetter, LogEntry, Outcome
from shared.store.ledger import Ledger
from shared.store.outbox import encode_events

log = structlog.get_logger()

Clock = Callable[[], int]
BACKOFF_MS = 200  # after each failed attempt in a row
_DEAD_TEXT = 500
_MOST_PARSERS = 512
_WAITING_SHARE = 4  # as many events as in baselines, by this, may wait to be learnt


class ScoreDue:
    """Callable: score until nothing is due, for at most ``most_rounds``; returns the number of windows scored."""

    def __init__(
        self,
        ledger: Ledger,
        models: ServedModels,
        settings: DetectorSettings,
        now_ms: Clock,
        ring_analyzer: Callable[[], object] = lambda: None,
        offer: Callable[[Offer], object] = lambda _: None,
        is_archive_wanted: Callable[[int], bool] = lambda now_ms: False,
    ) -> None:
        """``offer`` is told what was judged and committed, and must not wait."""
        self._ledger = ledger
        self._models = models
        self._settings = settings
        self._now_ms = now_ms
        self._ring_analyzer = ring_analyzer
        self._offer = offer
        self._is_archive_wanted = is_archive_wanted
        self._parsers: MutableMapping[str, LineParser] = LRUCache(_MOST_PARSERS)
        # By stream, with the baseline version that it is of; one that goes is read again. By stream and model
        # version; windows that wait to be learnt and go are lost, and later ones are learnt in their place.
        self._standings: MutableMapping[str, tuple[int, Standing]] = _held(
            settings.held_events, lambda known: known[1].events
        )
        self._waiting: MutableMapping[tuple[str, str], list[WindowEvidence]] = _held(
            settings.held_events // _WAITING_SHARE, lambda waiting: sum(map(len, waiting))
        )

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
        active = self._models.current()
        read = zip(claims, self._ledger.read_many(claims), strict=True)
        folded = [done for claim, entries in read if (done := self._fold(claim, entries))]
        for hopeless in (f for f in folded if f.claim.is_last_resort):
            self._bury(hopeless, active.version)
        by_judge: dict[str, list[tuple[FoldedClaim, Standing]]] = {}
        for done in (f for f in folded if not f.claim.is_last_resort):
            standing = self._standing(done.claim, active)
            by_judge.setdefault(standing.judge, []).append((done, standing))
        for version, group in by_judge.items():
            model = active if version == active.version else self._models.of_version(version)
            if model is None:  # the registry lost it
                self._score_group(active, active, [(done, standing.succeeded()) for done, standing in group])
            else:
                self._score_group(active, model, group)
        return sum(len(f.windows) for f in folded)

    def _score_group(
        self, active: ServedModel, model: ServedModel, group: Sequence[tuple[FoldedClaim, Standing]]
    ) -> None:
        """Streams that ``model`` judges; the active model, where it is another, learns them beside."""
        standings = {done.claim.stream: standing for done, standing in group}
        began = time.monotonic()
        gathered = self._gather(model, [done for done, _ in group])
        window_ms = (time.monotonic() - began) * 1000 / max(1, sum(len(evidence) for _, evidence in gathered))
        for done, evidence in gathered:
            beside = evidence if model is active else self._read_beside(active, done)
            if verdicts := self._finish(done, evidence, standings[done.claim.stream], model, beside):
                claim = done.claim
                self._offer(Offer(claim.stream, claim.is_sequence, done.windows, done.events, verdicts, window_ms))

    def _read_beside(self, active: ServedModel, done: FoldedClaim) -> list[WindowEvidence]:
        """What the active model sees in windows that it does not judge yet; nothing where it fails: others do."""
        try:
            return active.reader.read(done.events)
        except Exception as error:
            log.warning("learning_failed", model=active.version, error=type(error).__name__)
            return []

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

    def _gather(
        self, model: ServedModel, folded: Sequence[FoldedClaim]
    ) -> list[tuple[FoldedClaim, list[WindowEvidence]]]:
        """Evidence for all streams in one run; when that fails, stream by stream, so that only the guilty waits."""
        windows = [events for f in folded for events in f.events]
        try:
            evidence = model.reader.read(windows)
        except Exception as error:
            if len(folded) == 1:
                self._give_up(folded[0].claim, error)
                return []
            return [pair for f in folded for pair in self._gather(model, [f])]
        shares = []
        for f in folded:
            shares.append((f, evidence[: len(f.windows)]))
            evidence = evidence[len(f.windows) :]
        return shares

    def _finish(
        self,
        done: FoldedClaim,
        evidence: list[WindowEvidence],
        standing: Standing,
        model: ServedModel,
        beside: list[WindowEvidence],
    ) -> list[Verdict]:
        """The verdicts, [] where nothing was committed.

        beside  the same windows as the active model sees them, [] where it does not
        """
        claim = done.claim
        try:
            waiting = list(self._waiting.get((claim.stream, model.version), ()))
            verdicts, baseline, steps = model.judge.judge(
                done.windows, evidence, standing.baseline, claim.baseline_version, claim.is_sequence, waiting
            )
            now = self._now_ms()
            flags = [
                flag_of(verdict, events, now)
                for verdict, events in zip(verdicts, done.events, strict=True)
                if verdict.state is VerdictState.FLAGGED
            ]
            # Nothing is seen beside where the active model failed: zip ends with it.
            pairs = list(zip(beside, steps, strict=False))
            calm = [seen for seen, step in pairs if step.is_calm]
            excused = [seen for seen, step in pairs if step.judgement.is_excused]
            after, changed = standing.after(baseline, calm, excused).stored_now(standing)
            is_archived = bool(verdicts) and self._is_archive_wanted(now)
            archived = encode_events(done.windows, done.events) if is_archived else b""
        except Exception as error:
            self._give_up(claim, error)
            return []
        outcome = Outcome(state=done.state, verdicts=verdicts, flags=flags, baselines=changed, archived=archived)
        if not self._ledger.commit(claim, outcome, self._now_ms()):
            return []
        if not claim.is_sequence:
            self._keep_waiting((claim.stream, model.version), waiting)
            self._standings[claim.stream] = (claim.baseline_version + bool(changed), after)
        if flags:
            self._ring_analyzer()
        return verdicts

    def _bury(self, hopeless: FoldedClaim, model_version: str) -> None:
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
                model_version=model_version,
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

    def _standing(self, claim: Claim, model: ServedModel) -> Standing:
        """Baselines never change under their version, so what was read once is remembered."""
        active, read = model.version, partial(self._read, claim.stream)
        if claim.is_sequence:
            return Standing(active, active, self._fresh())
        version, known = self._standings.get(claim.stream, (-1, None))
        if known is None or version != claim.baseline_version or known.active != active:
            stored = self._ledger.read_baselines(claim.stream) if claim.baseline_version else StreamBaselines("", {})
            content = model.known.get(claim.stream)
            given = None if content is None else read(content)
            known = Standing.of(stored, active, read, self._fresh(), given)
            self._standings[claim.stream] = (claim.baseline_version, known)
        return known.settled()

    def _read(self, stream: str, stored: bytes) -> Baseline | None:
        """A damaged baseline, or one of another format: its stream learns again, it does not fail for ever."""
        try:
            return Baseline.from_bytes(stored)
        except ValueError:
            log.warning("baseline_unreadable", stream=stream)
            return None

    def _fresh(self) -> Baseline:
        return Baseline(self._settings.learn_windows)

    def _keep_waiting(self, key: tuple[str, str], waiting: list[WindowEvidence]) -> None:
        """In this process only: what a restart forgets is learnt from the windows that come after it."""
        if waiting:
            self._waiting[key] = waiting
        else:
            self._waiting.pop(key, None)

    def _parser(self, stream: str) -> LineParser:
        return self._parsers.setdefault(stream, LineParser())


def _held(most: int, events: Callable[[Any], int]) -> LRUCache:
    """Values of ``most`` events together, those used last; one with more than that is held alone."""
    return LRUCache(most, lambda value: min(1 + events(value), most))
