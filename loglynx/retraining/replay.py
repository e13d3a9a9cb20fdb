"""What a candidate would have done with the archive, beside the active model: false alarms gone, anomalies lost.

Nobody is judged by what it was taught. A stream's windows are cut into four stretches of time; each half of them is
followed, as the detector follows a stream, by baselines learnt from the other half: the active model's from what it
did not flag, the candidate's from what the feedback says is normal. So a false alarm that came once and never again
counts as not removed. In: evidence of both models. Out: counts, per stream and together. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from loglynx.retraining.baselines import as_detected, as_taught
from loglynx.retraining.dataset import Use, UsedWindow
from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence
from shared.core.following import Follower, JudgeAnyone

_STRETCHES: Final = 4
_WEEK: Final = 7.0
Learn = Callable[[Sequence[UsedWindow], Sequence[WindowEvidence], int], Baseline | None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """Counts of windows. ``false_alarms``, ``found`` and ``missed`` are those that the active model would have given.

    false_alarms  said to be normal, and flagged        removed  of these, not flagged by the candidate
    found         said to be anomalies, and flagged     lost     of these, not flagged by the candidate
    missed        said to be anomalies, and not flagged   gained  of these, flagged by the candidate
    unlabelled    nobody spoke of them     new_flags, gone_flags  of these, flagged by one of the two only
    """

    windows: int = 0
    false_alarms: int = 0
    removed: int = 0
    found: int = 0
    lost: int = 0
    missed: int = 0
    gained: int = 0
    unlabelled: int = 0
    new_flags: int = 0
    gone_flags: int = 0

    def __add__(self, other: Replayed) -> Replayed:
        return Replayed(**{name: value + asdict(other)[name] for name, value in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class ModelSide:
    """One model's evidence of a stream's windows, how it judges without a baseline, and what it learns from."""

    evidence: Sequence[WindowEvidence]
    judge_anyone: JudgeAnyone
    learn: Learn


def active_side(evidence: Sequence[WindowEvidence], judge_anyone: JudgeAnyone) -> ModelSide:
    return ModelSide(evidence, judge_anyone, as_detected)


def candidate_side(evidence: Sequence[WindowEvidence], judge_anyone: JudgeAnyone) -> ModelSide:
    return ModelSide(evidence, judge_anyone, as_taught)


def replay(
    rows: Sequence[UsedWindow], active: ModelSide, candidate: ModelSide, learn_windows: int, budget: float
) -> Replayed:
    """One stream."""
    before = _flags(rows, active, learn_windows, budget)
    after = _flags(rows, candidate, learn_windows, budget)
    counts = dict.fromkeys(asdict(Replayed()), 0)
    for row, was, will in zip(rows, before, after, strict=True):
        counts["windows"] += 1
        if row.use is Use.HELD:
            counts["found" if was else "missed"] += 1
            counts["lost"] += was and not will
            counts["gained"] += will and not was
        elif row.labelled.is_anomaly is False:
            counts["false_alarms"] += was
            counts["removed"] += was and not will
        else:
            counts["unlabelled"] += 1
            counts["new_flags"] += will and not was
            counts["gone_flags"] += was and not will
    return Replayed(**counts)


def _flags(rows: Sequence[UsedWindow], side: ModelSide, learn_windows: int, budget: float) -> list[bool]:
    """For each window whether it is flagged."""
    stretch = np.arange(len(rows)) * _STRETCHES // max(len(rows), 1)
    flagged = [False] * len(rows)
    for fold in (0, 1):
        judged = np.flatnonzero(stretch % 2 == fold).tolist()
        taught = np.flatnonzero(stretch % 2 != fold).tolist()
        baseline = side.learn([rows[i] for i in taught], [side.evidence[i] for i in taught], learn_windows)
        if baseline is None or not judged:
            continue
        follower = Follower(baseline, budget, side.judge_anyone)
        for i, step in zip(judged, follower.follow([side.evidence[i] for i in judged]), strict=True):
            flagged[i] = step.is_flagged
    return flagged


def report_of(streams: Iterable[tuple[str, Replayed]], days: float) -> dict[str, Any]:
    """For programs: the sums, the same a week, each stream; and one sentence."""
    each = list(streams)
    total = sum((replayed for _, replayed in each), Replayed())
    weeks = max(days / _WEEK, 1e-6)
    return {
        "days": round(days, 2),
        "total": asdict(total),
        "false_alarms_a_week": round(total.false_alarms / weeks, 1),
        "removed_a_week": round(total.removed / weeks, 1),
        "streams": {name: asdict(replayed) for name, replayed in each},
        "sentence": in_words(total, days),
    }


def in_words(total: Replayed, days: float) -> str:
    weeks = max(days / _WEEK, 1e-6)
    a_week = f"{total.removed / weeks:.3g} of {total.false_alarms / weeks:.3g} false alarms a week"
    if days < 1.0:  # what a week would bring is not to be told from less
        a_week = f"{total.removed} of {total.false_alarms} false alarms"
    return (
        f"removes {a_week}, loses {total.lost} of {total.found} confirmed anomalies, "
        f"adds {total.new_flags} flags on {days:.3g} days of archive"
    )
