"""Find what stands out in one file by a model that was trained on other logs of the same kind.

In: the file's lines, how windows are judged, a threshold. Out: flagged windows, those that show the same together,
as findings. A model's word is taken: whatever it flags is a finding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.detector.group_flags import FlaggedWindow, FlagGroups, pointed_lines
from services.detector.scan_against import batches, cut_windows, report_of
from services.detector.scan_file import ScanReport, ScanSettings, SightingReader
from services.detector.score_windows import MOST_REASON_EVENTS, flag_of, severity_of
from shared.core.lexicon import trouble
from shared.core.records import Event, Reason, Verdict, VerdictState, Window
from shared.core.template_table import MOST_TEMPLATES, Sighting

FloatArray = NDArray[np.float64]
# Windows -> strangeness (n,) and the surprise (L,) of each one's events.
JudgeWindows = Callable[[Sequence[tuple[Event, ...]]], tuple[FloatArray, Sequence[FloatArray]]]


def scan_by_model(
    judge: JudgeWindows,
    threshold: float,
    version: str,
    size: int,
    lines: Iterable[bytes],
    settings: ScanSettings | None = None,
) -> ScanReport:
    """``size``: events of a window, as in training; ``threshold`` in the unit of strangeness."""
    settings = settings or ScanSettings()
    sightings = SightingReader(settings.received_ms)
    groups = FlagGroups(0.0)
    templates: set[str] = set()
    number = 0
    for windows in batches(cut_windows(sightings, lines, size)):
        if len(templates) < MOST_TEMPLATES:
            templates.update(s.template for window in windows for s in window)
        strangeness, surprise = judge([tuple(s.event for s in window) for window in windows])
        for window, strange, own in zip(windows, strangeness.tolist(), surprise, strict=True):
            if strange > threshold:
                verdict = _verdict(window, strange, threshold, version, own, settings.name)
                flag = flag_of(verdict, [s.event for s in window], settings.received_ms)
                groups.add(FlaggedWindow(number, flag, pointed_lines(window, own.tolist())))
            number += 1
    return report_of(groups, sightings, len(templates), settings)


def _verdict(
    window: Sequence[Sighting], strange: float, threshold: float, version: str, surprise: FloatArray, name: str
) -> Verdict:
    score = 1.0 / (1.0 + math.exp(max(threshold - strange, -500.0)))
    worst = max(trouble(s.template, s.event.level) for s in window)
    strongest = np.argsort(-surprise, kind="stable")[:MOST_REASON_EVENTS]
    events = tuple(sorted(int(at) for at in strongest if surprise[at] > 0.5 * surprise[strongest[0]]))
    cut = Window(name, tuple(s.line_number for s in window), f"fixed:{len(window)}")
    return Verdict(
        window_id=cut.window_id,
        stream=name,
        seqs=cut.seqs,
        state=VerdictState.FLAGGED,
        score=round(score, 6),
        strangeness=round(strange, 4),
        threshold=round(threshold, 4),
        model_version=version,
        baseline_version=0,
        event_surprise=tuple(round(float(value), 3) for value in surprise),
        reasons=(Reason("unusual_sequence", events),),
        severity=severity_of(score, worst),
    )
