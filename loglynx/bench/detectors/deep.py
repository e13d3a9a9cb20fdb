"""The deep detectors that are compared with: DeepLog, LogBERT-Distil, TinyLogBERT, each fitted on the spot.

They see the same windows as every other detector and get a threshold in the same way (loglynx.bench.calibrated), not
the test labels that published figures often stop, mask or cut by. Needs torch (the extra ``trainer``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from loglynx.bench.calibrated import Calibrated, Strangeness
from loglynx.bench.task import Events
from loglynx.bench.templates import TemplateReader
from services.trainer import learn_deeplog, learn_logbert_distil, learn_tinylogbert
from services.trainer.effort import Effort
from shared.core.sequences.impressions import SequenceReader, Templates

DeepName = Literal["deeplog", "logbert-distil", "tinylogbert"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """most_windows  of those handed to ``fit``, evenly over time, so that fitting and calibrating take minutes"""

    fit: Callable[[Sequence[Templates], int, Effort], SequenceReader[Templates]]
    effort: Effort
    most_windows: int


_KINDS: dict[DeepName, _Kind] = {
    "deeplog": _Kind(learn_deeplog.fit_deeplog, learn_deeplog.EFFORT, 100_000),
    "logbert-distil": _Kind(learn_logbert_distil.fit_logbert_distil, learn_logbert_distil.EFFORT, 30_000),
    "tinylogbert": _Kind(learn_tinylogbert.fit_tinylogbert, learn_tinylogbert.EFFORT, 10_000),
}
DEEP_NAMES: tuple[DeepName, ...] = tuple(_KINDS)


class DeepScorer:
    """A RawScorer. ``effort`` bounds the training; the model's own when None."""

    is_deterministic = False
    smallest_scale = 0.25  # nats

    def __init__(self, name: DeepName, effort: Effort | None = None) -> None:
        self.name: str = name
        self._kind = _KINDS[name]
        self._effort = effort or self._kind.effort
        self._templates = TemplateReader()
        self._reader: SequenceReader[Templates] | None = None

    def fit(self, windows: Sequence[Events], seed: int) -> None:
        self._reader = self._kind.fit(self._texts(windows), seed, self._effort)

    def score(self, windows: Sequence[Events]) -> Strangeness:
        if self._reader is None:
            raise RuntimeError("score before fit")
        impressions = self._reader.read(self._texts(windows))
        return np.array([each.strangeness for each in impressions]), [each.surprise for each in impressions]

    def _texts(self, windows: Sequence[Events]) -> list[Templates]:
        texts = self._templates.texts
        return [tuple(texts[number] for number in numbers) for numbers in self._templates.read(windows)]


class DeepDetector(Calibrated):
    """A Detector."""

    def __init__(self, name: DeepName, effort: Effort | None = None) -> None:
        super().__init__(DeepScorer(name, effort))
        self._most_windows = _KINDS[name].most_windows

    def fit(self, windows: Sequence[Events], budget: float, seed: int) -> None:
        places = np.unique(np.linspace(0, len(windows) - 1, min(len(windows), self._most_windows)).astype(int))
        super().fit([windows[at] for at in places.tolist()], budget, seed)
