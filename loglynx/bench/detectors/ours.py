"""Loglynx itself under test: the shipped model's evidence, the scorers, their fusion, as the detector has them.

The windows to fit on are the stream's learning; the budget gives the threshold. Windows with times are one stream and
are followed as the detector follows it, drift and all; windows without are judged each for itself. What was read and
fitted for one row serves the other rows of the same task.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglynx.bench.distinct import DistinctWindows
from loglynx.bench.task import Events, FloatArray, Scores
from services.detector.gather_evidence import EvidenceReader
from services.detector.settings import DetectorSettings
from services.detector.worker import load_detector
from shared.core.baseline import Baseline
from shared.core.calibration import resolved
from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.following import Follower, JudgeAnyone
from shared.core.fusion import FUSION, Calibration, FittedScorers
from shared.core.reference import Reference
from shared.core.scorers import FUSED, SCORERS

_WINDOWS_AT_ONCE = 500
_WINDOWS_JUDGED_AT_ONCE = 2_000


@dataclass(slots=True)
class _Fitted:
    """What all rows of one task share."""

    windows: Sequence[Events]
    evidence: list[WindowEvidence]
    alone: Calibration | None = None  # every scorer, for the rows of single scorers
    scorers: FittedScorers | None = None


class _Reader:
    """The model that the detector would load, loaded once, and the evidence read last."""

    def __init__(self) -> None:
        settings = DetectorSettings.from_environment()
        self.learn_windows = settings.learn_windows
        self.read: EvidenceReader
        self.reference: Reference
        self.read, self.reference = load_detector(settings.model_dir, settings.threads, settings.known_lines)
        self._last: list[tuple[Sequence[Events], list[WindowEvidence]]] = []

    def evidence(self, windows: Sequence[Events]) -> list[WindowEvidence]:
        """In the order of ``windows``; equal windows share one record."""
        for known, evidence in self._last:
            if known is windows:
                return evidence
        distinct = DistinctWindows.of(windows)
        read: list[WindowEvidence] = []
        for start in range(0, len(distinct.windows), _WINDOWS_AT_ONCE):
            read += self.read.read(distinct.windows[start : start + _WINDOWS_AT_ONCE])
        evidence = [read[row] for row in distinct.row.tolist()]
        self._last = [*self._last[-1:], (windows, evidence)]
        return evidence


_reader: _Reader | None = None
_last: _Fitted | None = None


class Ours:
    """``scorer``: one of shared.core.scorers, or "fusion" for all of them."""

    is_deterministic = True

    def __init__(self, scorer: str = FUSION) -> None:
        self.name = scorer
        self.is_stateful = False

    def fit(self, windows: Sequence[Events], budget: float, seed: int) -> None:
        """Raises ValueError when there is no window."""
        global _last, _reader  # noqa: PLW0603 - one model for the run, one task's evidence for all of its rows
        if not windows:
            raise ValueError("there are no windows to fit on")
        _reader = _reader or _Reader()
        if _last is None or _last.windows is not windows:
            _last = _Fitted(windows, _reader.evidence(windows))
        self._fitted, self._budget = _last, budget
        self.is_stateful = self.name == FUSION and any(e.timestamp_ms is not None for w in windows for e in w)
        if self.name != FUSION or not self.is_stateful:
            names = FUSED if self.name == FUSION else tuple(SCORERS)
            if _last.alone is None or set(_last.alone.tails) != set(names):
                _last.alone = Calibration.of(_last.evidence, names=names)
                _last.scorers = FittedScorers(EvidenceTable(_last.evidence), names)

    def score(self, windows: Sequence[Events]) -> Scores:
        """Fusion: nats above the threshold, which is 0. A scorer alone: -log of its p-value."""
        assert _reader is not None
        evidence = _reader.evidence(windows)
        return self._followed(evidence) if self.is_stateful else self._judged(evidence)

    def _followed(self, evidence: list[WindowEvidence]) -> Scores:
        assert _reader is not None
        learn_windows, judge_anyone = _reader.learn_windows, _reader.reference.judge
        return followed(self._fitted.evidence, evidence, learn_windows, self._budget, judge_anyone)

    def _judged(self, evidence: list[WindowEvidence]) -> Scores:
        scorers, calibration = self._fitted.scorers, self._fitted.alone
        assert scorers is not None and calibration is not None
        strangeness: list[FloatArray] = []
        lines: list[FloatArray] = []
        threshold = calibration.fused.threshold(resolved(self._budget, len(self._fitted.evidence)))
        for start in range(0, len(evidence), _WINDOWS_JUDGED_AT_ONCE):
            table = EvidenceTable(evidence[start : start + _WINDOWS_JUDGED_AT_ONCE])
            judged = calibration.judge(scorers, table)
            is_fusion = self.name == FUSION
            strangeness.append(judged.raw - threshold if is_fusion else -np.log(judged.p_values[self.name]))
            said = judged.lines if is_fusion else scorers.scorers[self.name].lines(table)
            if said is not None:
                lines += np.split(said, table.starts[1:-1])
        at = 0.0 if self.name == FUSION else -math.log(self._budget)
        return Scores(np.concatenate(strangeness), at, lines or None)


def followed(
    known: Sequence[WindowEvidence],
    evidence: Sequence[WindowEvidence],
    learn_windows: int,
    budget: float,
    judge_anyone: JudgeAnyone,
) -> Scores:
    """A stream that has learnt ``known``, and what its baseline says of the windows that come after: nats above the
    threshold."""
    baseline = Baseline(min(learn_windows, len(known)), (), wanted=len(known)).observe(known)
    steps = Follower(baseline, budget, judge_anyone).follow(evidence)
    strangeness = np.empty(len(steps))
    for row, step in enumerate(steps):
        if step.is_learning:
            strangeness[row] = min(step.judgement.strangeness + math.log(budget), -1e-6)
            continue
        aim = resolved(budget, len(step.by.windows))
        above = step.judgement.raw - step.by.calibration.fused.threshold(aim)
        strangeness[row] = max(above, 1e-9) if step.is_flagged else min(above, 0.0)
    return Scores(strangeness, 0.0, [step.judgement.lines.astype(np.float64) for step in steps])
