"""Loglynx itself under test: the shipped model's evidence, the scorers, their fusion, as the detector has them.

The windows to fit on are the stream's learning; the budget gives the threshold. What was read and fitted for one row
serves the other rows of the same task.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglynx.bench.calibrated import threshold_at
from loglynx.bench.distinct import DistinctWindows
from loglynx.bench.task import Events, FloatArray, Scores
from services.detector.gather_evidence import EvidenceReader
from services.detector.settings import DetectorSettings
from services.detector.worker import load_detector
from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.fusion import FUSION, Calibration, FittedScorers, Judged

_WINDOWS_AT_ONCE = 500
_WINDOWS_JUDGED_AT_ONCE = 2_000


@dataclass(slots=True)
class _Fitted:
    """What all rows of one task share."""

    windows: Sequence[Events]
    scorers: FittedScorers
    calibration: Calibration


_reader: EvidenceReader | None = None
_last: _Fitted | None = None


def _evidence(windows: Sequence[Events]) -> list[WindowEvidence]:
    """In the order of ``windows``; equal windows share one record."""
    global _reader  # noqa: PLW0603 - one loaded model serves the whole run
    if _reader is None:
        settings = DetectorSettings.from_environment()
        _reader = load_detector(settings.model_dir, settings.threads, settings.known_lines)[0]
    distinct = DistinctWindows.of(windows)
    read: list[WindowEvidence] = []
    for start in range(0, len(distinct.windows), _WINDOWS_AT_ONCE):
        read += _reader.read(distinct.windows[start : start + _WINDOWS_AT_ONCE])
    return [read[row] for row in distinct.row.tolist()]


class Ours:
    """``scorer``: one of shared.core.scorers, or "fusion" for all of them."""

    is_deterministic = True

    def __init__(self, scorer: str = FUSION) -> None:
        self.name = scorer
        self.threshold = math.inf

    def fit(self, windows: Sequence[Events], budget: float, seed: int) -> None:
        """Raises ValueError when there is no window."""
        global _last  # noqa: PLW0603 - the last task's evidence, for its other rows
        if not windows:
            raise ValueError("there are no windows to fit on")
        if _last is None or _last.windows is not windows:
            evidence = _evidence(windows)
            _last = _Fitted(windows, FittedScorers(EvidenceTable(evidence)), Calibration.of(evidence))
        self._fitted = _last
        if self.name == FUSION:
            self.threshold = threshold_at(self._fitted.calibration.fused, budget)
        else:
            self.threshold = -math.log(budget)

    def score(self, windows: Sequence[Events]) -> Scores:
        """Fusion: the fused value in nats. A scorer alone: -log of its p-value."""
        fitted = self._fitted
        judged: list[Judged] = []
        evidence = _evidence(windows)
        lines: list[FloatArray] = []
        has_lines = self.name == FUSION or self.name in fitted.calibration.line_tails
        for start in range(0, len(evidence), _WINDOWS_JUDGED_AT_ONCE):
            table = EvidenceTable(evidence[start : start + _WINDOWS_JUDGED_AT_ONCE])
            judged.append(fitted.calibration.judge(fitted.scorers, table))
            said = judged[-1].lines if self.name == FUSION else fitted.scorers.scorers[self.name].lines(table)
            if said is not None:
                lines += np.split(said, table.starts[1:-1])
        strangeness = np.concatenate(
            [part.raw if self.name == FUSION else -np.log(part.p_values[self.name]) for part in judged]
        )
        return Scores(strangeness, self.threshold, lines if has_lines else None)
