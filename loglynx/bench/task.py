"""What is measured on what: a task is windows to fit on and windows to judge, with the truth about the latter.

Labels live in ``Case`` and nowhere else: a detector is handed events alone. Cases stand in the order of time, and no
event is shared between ``fit`` and ``test``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.core.records import Event

FloatArray = NDArray[np.float64]
Events = tuple[Event, ...]
Kind = Literal["stream", "sessions"]
TrainLabels = Literal["normal-only", "unlabelled"]


@dataclass(frozen=True, slots=True)
class Case:
    """One window or session and the truth about it.

    wrong  for each event whether it is one of the anomalous lines; None where nobody knows
    """

    events: Events
    is_anomaly: bool = False
    wrong: tuple[bool, ...] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """``train_labels``: "normal-only" when anomalous windows were taken out of ``fit``, else "unlabelled".

    note      what a reader of the figures must know of this data
    episodes  half-open ranges of ``test`` whose anomalous windows all tell of one fault; empty where nobody knows
    """

    name: str
    kind: Kind
    fit: tuple[Case, ...]
    test: tuple[Case, ...]
    train_labels: TrainLabels = "normal-only"
    note: str = ""
    episodes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """n judged windows.

    strangeness  (n,) larger is stranger, in the detector's own unit
    threshold    a window above it is flagged; chosen on the windows it was fitted on, from the budget alone
    lines        one (L,) array per window, how strange each event is; None when the detector cannot say
    """

    strangeness: FloatArray
    threshold: float
    lines: list[FloatArray] | None = None


class Detector(Protocol):
    """Anything under test. Never sees a label; ``fit`` and ``score`` get windows in the order of time."""

    name: str

    def fit(self, windows: Sequence[Events], budget: float, seed: int) -> None: ...

    def score(self, windows: Sequence[Events]) -> Scores: ...
