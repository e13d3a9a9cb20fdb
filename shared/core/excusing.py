"""Windows that people have excused: strange by every measure, and no anomaly.

What a person excuses must not make anything else look more ordinary, so excused windows teach no scorer and move no
threshold. A window is excused when what is unusual in it was all seen together in one window that a person excused,
and when it is no stranger than that one. Unusual is a template that hardly any normal window holds; a window without
one is strange by its counts, order or values, and nobody's word about another window covers that. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import WindowEvidence

USUAL_SHARE: Final = 0.05  # of the normal windows: a template in more of them is nothing unusual
MARGIN_NATS: Final = 2.0  # that a window may be stranger (before calibration) than the one that was excused
MOST_EXCUSED: Final = 200

Ids = NDArray[np.uint64]


class Excuses:
    """What the excused windows of one stream cover. ``raw`` (n,): how strange the stream's scorers find each."""

    def __init__(
        self, excused: Sequence[WindowEvidence], raw: Sequence[float], normal: Sequence[WindowEvidence]
    ) -> None:
        ids, counts = np.unique(np.concatenate([np.unique(w.template_ids) for w in normal]), return_counts=True)
        self._usual = frozenset(ids[counts > USUAL_SHARE * len(normal)].tolist())
        unusual = [(self._unusual(window), strangeness) for window, strangeness in zip(excused, raw, strict=True)]
        self._covered = [(templates, strangeness) for templates, strangeness in unusual if templates]

    def covers(self, window: WindowEvidence, raw: float) -> bool:
        unusual = self._unusual(window)
        return bool(unusual) and any(
            unusual <= templates and raw <= strangeness + MARGIN_NATS for templates, strangeness in self._covered
        )

    def _unusual(self, window: WindowEvidence) -> frozenset[int]:
        return frozenset(window.template_ids.tolist()) - self._usual
