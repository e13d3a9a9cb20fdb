"""Everything the report says of one run: at the detector's own threshold, over all thresholds, and how sure that is.

Pure: truth and scores in, ``Measures`` out. NaN wherever a measure has no meaning (no anomalies, nothing flagged).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglynx.bench.intervals import Interval, block_intervals
from loglynx.bench.localisation import Localisation, localise
from loglynx.bench.ranking import (
    BoolArray,
    FloatArray,
    IntArray,
    Ranking,
    average_precision,
    oracle_f1,
    recall_at,
    roc_auc,
)
from loglynx.bench.task import Case, Scores

NAN = float("nan")
SAME_ALERT = 20  # windows: flags closer than this would reach a person as one incident
Episodes = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Quality:
    """Of one set of windows.

    flagged, false_alarms  at the detector's threshold, as are precision, recall and f1
    roc_auc, average_precision  over all thresholds
    recall_at_1000, recall_at_100  when one in so many normal windows may be flagged
    oracle_f1  the best F1 of any threshold, found with the labels: a ceiling, never a result
    """

    windows: int
    anomalies: int
    flagged: int
    false_alarms: int
    precision: float
    recall: float
    f1: float
    roc_auc: float
    average_precision: float
    oracle_f1: float
    recall_at_1000: float
    recall_at_100: float


@dataclass(frozen=True, slots=True)
class Measures:
    """One detector on one task.

    distinct   each (template multiset, label) once, so that the common sessions do not vote a thousand times
    novel      the windows whose template multiset never occurred among those to fit on
    false_alarm_ratio  realised over requested share of flagged normal windows; 1 is a promise kept
    thirds     the same in each third of the test: does the promise age?
    intervals  95 % of f1, average_precision and roc_auc, by blocks of time
    episodes_hit  of ``episodes`` incidents, those with at least one anomalous window flagged
    false_alerts_per_1000  runs of false alarms per 1,000 normal windows: what a person would be called for
    """

    quality: Quality
    distinct: Quality
    novel: Quality
    false_alarm_ratio: float
    thirds: tuple[float, float, float]
    intervals: dict[str, Interval]
    threshold: float
    localisation: Localisation | None
    episodes: int
    episodes_hit: int
    false_alerts_per_1000: float


def quality(is_anomaly: BoolArray, strangeness: FloatArray, is_flagged: BoolArray) -> Quality:
    """All (n,)."""
    hits, anomalies, flagged = (int(x.sum()) for x in (is_anomaly & is_flagged, is_anomaly, is_flagged))
    steps = Ranking.of(is_anomaly, strangeness).steps(np.ones((1, 1)))
    return Quality(
        windows=len(is_anomaly),
        anomalies=anomalies,
        flagged=flagged,
        false_alarms=flagged - hits,
        precision=_share(hits, flagged) if anomalies else NAN,
        recall=_share(hits, anomalies),
        f1=_share(2 * hits, flagged + anomalies) if anomalies else NAN,
        roc_auc=float(roc_auc(*steps)[0]),
        average_precision=float(average_precision(*steps)[0]),
        oracle_f1=float(oracle_f1(*steps)[0]),
        recall_at_1000=float(recall_at(*steps, share=1 / 1000)[0]),
        recall_at_100=float(recall_at(*steps, share=1 / 100)[0]),
    )


def measure(
    test: Sequence[Case],
    scores: Scores,
    budget: float,
    multisets: IntArray,
    fit_multisets: IntArray,
    episodes: Episodes = (),
) -> Measures:
    """Scores against the truth about ``test``.

    multisets (n,), fit_multisets (m,)  a number for each window's multiset of templates, the same for equal ones
    episodes  [start, end) positions in ``test``; their anomalous windows tell of one fault
    """
    if len(scores.strangeness) != len(test):
        raise ValueError(f"{len(scores.strangeness)} scores for {len(test)} windows")
    is_anomaly = np.array([case.is_anomaly for case in test], dtype=bool)
    strangeness = np.asarray(scores.strangeness, dtype=np.float64)
    is_flagged = strangeness > scores.threshold  # never true of NaN

    def of(chosen: BoolArray | IntArray) -> Quality:
        return quality(is_anomaly[chosen], strangeness[chosen], is_flagged[chosen])

    _, first = np.unique(multisets * 2 + is_anomaly, return_index=True)
    normal_flags = [is_flagged[part & ~is_anomaly] for part in _thirds(len(test))]
    return Measures(
        quality=of(np.ones(len(test), dtype=bool)),
        distinct=of(np.sort(first)),
        novel=of(~np.isin(multisets, fit_multisets)),
        false_alarm_ratio=_ratio(is_flagged[~is_anomaly], budget),
        thirds=(_ratio(normal_flags[0], budget), _ratio(normal_flags[1], budget), _ratio(normal_flags[2], budget)),
        intervals=block_intervals(is_anomaly, strangeness, is_flagged),
        threshold=float(scores.threshold),
        localisation=None if scores.lines is None else localise(test, scores.lines, is_flagged),
        episodes=len(episodes),
        episodes_hit=sum(bool((is_flagged & is_anomaly)[start:end].any()) for start, end in episodes),
        false_alerts_per_1000=1000.0 * _share(_runs(is_flagged & ~is_anomaly), int((~is_anomaly).sum())),
    )


def _runs(flags: BoolArray) -> int:
    """Runs of flags; one goes on while fewer than SAME_ALERT windows lie between two of them."""
    at = np.flatnonzero(flags)
    return int(len(at) > 0) + int((np.diff(at) >= SAME_ALERT).sum())


def _thirds(windows: int) -> list[BoolArray]:
    third = np.arange(windows) * 3 // max(windows, 1)
    return [third == part for part in range(3)]


def _ratio(is_flagged: BoolArray, budget: float) -> float:
    return float(is_flagged.mean()) / budget if len(is_flagged) else NAN


def _share(part: int, whole: int) -> float:
    return part / whole if whole else NAN
