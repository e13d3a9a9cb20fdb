"""Turn the evidence of windows into verdicts and flags.

A stream that is ready is judged by its own baseline. A stream that still learns, and a self-contained sequence, which
has no stream, are judged by the reference: what the model's scores look like on normal logs in general. A learning
stream never flags; a sequence may.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared.core.baseline import Baseline, Judgement
from shared.core.evidence import WindowEvidence
from shared.core.normalising import template_of
from shared.core.records import Event, Flag, FlaggedEvent, Reason, Severity, Verdict, VerdictState, Window
from shared.core.reference import Reference

# p-value below which a component is named as a reason.
REASON_P = 0.01
# Words this bad lift the severity by one band: an error level with a failing word, or a panic.
TROUBLE_LIFTS = 0.75
MOST_REASON_EVENTS = 5
_REASON_OF = {
    "head": "unusual_sequence",
    "context": "unusual_sequence",
    "knn": "unusual_sequence",
    "ae": "unusual_sequence",
    "ocnn": "unusual_sequence",
    "centroid": "unusual_sequence",
    "variance": "unusual_sequence",
    "order": "unusual_order",
    "novelty": "new_template",
    "rarity": "rare_template",
    "counts": "unusual_counts",
    "relations": "unusual_counts",
    "length": "unusual_counts",
    "value": "unusual_value",
    "words": "troubling_words",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """Share of normal windows that may be flagged, in a stream with a baseline and among sequences."""

    stream: float
    sequence: float


def severity_of(score: float, worst_trouble: float) -> Severity:
    """Bands over the score; words of trouble lift a window by one band, and without them none is critical."""
    bands = [Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
    band = 0 if score < 0.8 else 1 if score < 0.95 else 2
    return bands[band + (worst_trouble >= TROUBLE_LIFTS)]


class Judge:
    """Judges the windows of one stream; one model version, one budget."""

    def __init__(self, model_version: str, reference: Reference, budget: Budget) -> None:
        self.model_version = model_version
        self.reference = reference
        self.budget = budget

    def judge(
        self,
        windows: Sequence[Window],
        evidence: Sequence[WindowEvidence],
        baseline: Baseline,
        baseline_version: int,
        is_sequence: bool,
    ) -> tuple[list[Verdict], Baseline]:
        """Verdicts for ``windows`` in order, and the baseline after them.

        Windows that complete the learning are learnt, not judged: from the next one on the stream is ready. Windows
        after a drift are learnt again. Judged under another baseline than the one that came in, a verdict names
        ``baseline_version + 1``.
        """
        if is_sequence:
            return [
                self._verdict(window, seen, self.reference.judge(seen), self.budget.sequence, 0)
                for window, seen in zip(windows, evidence, strict=True)
            ], baseline
        verdicts: list[Verdict] = []
        now = baseline
        while len(verdicts) < len(windows):
            version = baseline_version + (now is not baseline)
            rest, seen = windows[len(verdicts) :], evidence[len(verdicts) :]
            step = self._judged if now.is_ready else self._learnt
            more, now = step(rest, seen, now, version)
            verdicts += more
        return verdicts, now

    def _learnt(
        self, windows: Sequence[Window], evidence: Sequence[WindowEvidence], baseline: Baseline, version: int
    ) -> tuple[list[Verdict], Baseline]:
        """Learn from the next windows, as many as the baseline wants.

        A stream that learns *again* does not take trouble for its new normal: windows whose words are bad are still
        judged by what it knew.
        """
        learnt: list[WindowEvidence] = []
        verdicts: list[Verdict] = []
        room = baseline.wanted - baseline.progress[0]
        for window, seen in zip(windows, evidence, strict=True):
            if len(learnt) == room:
                break
            if baseline.has_drifted and is_troubled(seen):
                (judgement,) = baseline.judge([seen])
                verdicts.append(self._verdict(window, seen, judgement, self.budget.stream, version))
                continue
            learnt.append(seen)
            verdict = self._verdict(window, seen, self.reference.judge(seen), self.budget.sequence, version)
            verdicts.append(_unflagged(verdict))
        return verdicts, baseline.observe(learnt)

    def _judged(
        self, windows: Sequence[Window], evidence: Sequence[WindowEvidence], baseline: Baseline, version: int
    ) -> tuple[list[Verdict], Baseline]:
        """Judge the next windows, up to the one after which the baseline has drifted."""
        verdicts = [
            self._verdict(window, seen, judgement, self.budget.stream, version)
            for window, seen, judgement in zip(windows, evidence, baseline.judge(evidence), strict=True)
        ]
        is_calm_flag = [
            verdict.state is VerdictState.FLAGGED and not is_troubled(seen)
            for verdict, seen in zip(verdicts, evidence, strict=True)
        ]
        verdicts = verdicts[: baseline.first_drifted(is_calm_flag)]
        after = baseline.after_flags(is_calm_flag)
        if after.has_drifted:
            verdicts[-1] = _announcing(verdicts[-1])
        return verdicts, after

    def _verdict(
        self,
        window: Window,
        seen: WindowEvidence,
        judgement: Judgement,
        budget: float,
        baseline_version: int,
    ) -> Verdict:
        threshold = -math.log(budget)
        score = 1.0 / (1.0 + math.exp(threshold - judgement.strangeness))
        is_flagged = judgement.strangeness > threshold
        return Verdict(
            window_id=window.window_id,
            stream=window.stream,
            seqs=window.seqs,
            state=VerdictState.FLAGGED if is_flagged else VerdictState.NORMAL,
            score=round(score, 6),
            strangeness=round(judgement.strangeness, 4),
            threshold=round(threshold, 4),
            model_version=self.model_version,
            baseline_version=baseline_version,
            components={name: float(f"{p:.3g}") for name, p in judgement.components.items()},
            event_surprise=tuple(round(float(x), 3) for x in judgement.lines),
            reasons=_reasons(judgement, seen) if is_flagged else (),
            severity=severity_of(score, float(seen.trouble.max())) if is_flagged else None,
        )


def _announcing(verdict: Verdict) -> Verdict:
    """The flag that says once that its stream has changed and is learnt anew."""
    return replace(verdict, reasons=(*verdict.reasons, Reason("distribution_changed")))


def _unflagged(verdict: Verdict) -> Verdict:
    """A learning stream's verdict: it shows its score and never flags."""
    return replace(verdict, state=VerdictState.LEARNING, reasons=(), severity=None)


def is_troubled(seen: WindowEvidence) -> bool:
    """Do the words of the window tell of trouble? A flood of such flags is a burst of trouble, not another normal."""
    return float(seen.trouble.max()) >= 0.5


def _reasons(judgement: Judgement, seen: WindowEvidence) -> tuple[Reason, ...]:
    """The components that speak, most extreme first; each points at the events that made it speak."""
    speaking = sorted((p, name) for name, p in judgement.components.items() if p <= REASON_P)
    if not speaking:
        speaking = [min((p, name) for name, p in judgement.components.items())]
    reasons: dict[str, Reason] = {}
    for p, name in speaking:
        weight = seen.trouble if name == "words" else judgement.lines
        strongest = np.argsort(-weight, kind="stable")[:MOST_REASON_EVENTS]
        events = tuple(sorted(int(i) for i in strongest if weight[i] > 0.5 * weight[strongest[0]]))
        reasons.setdefault(_REASON_OF[name], Reason(_REASON_OF[name], events, f"{name} p={p:.2g}"))
    return tuple(reasons.values())


def flag_of(verdict: Verdict, events: Sequence[Event], now_ms: int) -> Flag:
    """The flag of a flagged verdict with the text of its events, numbered from 1."""
    return Flag(
        verdict,
        tuple(
            FlaggedEvent(
                number=number,
                seq=seq,
                text=event.text,
                template=template_of(event.message),
                level="" if event.level is None else event.level.name.lower(),
                source=event.source,
                timestamp_ms=event.timestamp_ms,
                surprise=surprise,
            )
            for number, (seq, event, surprise) in enumerate(
                zip(verdict.seqs, events, verdict.event_surprise, strict=False), start=1
            )
        ),
        now_ms,
    )
