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
from shared.core.following import Followed, Follower
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
    "pause": "unusual_value",
    "pace": "unusual_pace",
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
        self._reference_threshold = -math.log(budget.sequence)

    def judge(
        self,
        windows: Sequence[Window],
        evidence: Sequence[WindowEvidence],
        baseline: Baseline,
        baseline_version: int,
        is_sequence: bool,
        waiting: list[WindowEvidence] | None = None,
    ) -> tuple[list[Verdict], Baseline, list[Followed]]:
        """Verdicts for ``windows`` in order, the baseline after them (see shared.core.following), and what became of
        each, so that another model may learn from them. Sequences teach nothing: [].

        Judged under another baseline than the one that came in, a verdict names ``baseline_version + 1``.
        waiting  unflagged windows of this stream that are not learnt yet; changed in place
        """
        if is_sequence:
            return (
                [
                    verdict_of(
                        window, seen, self.reference.judge(seen), self._reference_threshold, self.model_version
                    )
                    for window, seen in zip(windows, evidence, strict=True)
                ],
                baseline,
                [],
            )
        follower = Follower(baseline, self.budget.stream, self.reference.judge, waiting or ())
        verdicts, steps = [], follower.follow(evidence)
        for window, seen, step in zip(windows, evidence, steps, strict=True):
            threshold = self._reference_threshold if step.is_learning else step.by.threshold(self.budget.stream)
            version = baseline_version + (step.by is not baseline)
            verdict = verdict_of(window, seen, step.judgement, threshold, self.model_version, version)
            if step.is_learning:
                verdict = _unflagged(verdict)
            verdicts.append(_announcing(verdict) if step.is_turn else verdict)
        if waiting is not None:
            waiting[:] = follower.waiting
        return verdicts, follower.baseline, steps


def verdict_of(
    window: Window,
    seen: WindowEvidence,
    judgement: Judgement,
    threshold: float,
    model_version: str,
    baseline_version: int = 0,
) -> Verdict:
    """The verdict on a judged window: flagged above ``threshold`` nats, with reasons where it is."""
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
        model_version=model_version,
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
