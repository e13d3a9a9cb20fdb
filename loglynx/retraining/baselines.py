"""What a stream's baseline is made of, by whoever makes it: the detector as it goes along, or retraining.

The detector learns what it did not flag. Retraining learns what the data says is normal, and excuses what people
excused (shared.core.excusing). To learn that as normal would lift the threshold for everything else
(docs/experiments.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from loglynx.retraining.dataset import Use, UsedWindow
from shared.core.baseline import MOST_GROWTH, Baseline
from shared.core.evidence import WindowEvidence


def as_detected(
    rows: Sequence[UsedWindow], evidence: Sequence[WindowEvidence], learn_windows: int
) -> Baseline | None:
    """From windows that were not flagged, whatever people said; None where there is no such window."""
    known = [seen for row, seen in zip(rows, evidence, strict=True) if not row.window.is_flagged and row.window.lines]
    return _baseline(known, learn_windows)


def as_taught(rows: Sequence[UsedWindow], evidence: Sequence[WindowEvidence], learn_windows: int) -> Baseline | None:
    """From windows that may teach; None where there is no normal one."""
    pairs = list(zip(rows, evidence, strict=True))
    baseline = _baseline([seen for row, seen in pairs if row.use is Use.NORMAL], learn_windows)
    excused = [seen for row, seen in pairs if row.use is Use.FALSE_POSITIVE]
    return baseline and baseline.excusing(excused)


def _baseline(normal: Sequence[WindowEvidence], learn_windows: int) -> Baseline | None:
    latest = normal[-MOST_GROWTH * learn_windows :]
    if not latest:
        return None
    return Baseline(min(learn_windows, len(latest)), wanted=len(latest)).observe(latest)
