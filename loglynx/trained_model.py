"""A trained model in a directory, whatever its kind, as commands score with it: windows in, Scores out.

A sequence detector (``loglynx train``) has its threshold from the windows held back; a model of the form that the
detector serves, such as the shipped one or ``moe``, judges each window by the reference in its calibration. Runs on
ONNX Runtime, without torch. Raises CommandFailed for a directory that does not prove itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from loglynx.bench.task import Events, FloatArray, Scores
from loglynx.failures import CommandFailed
from services.detector.device import Device
from services.detector.gather_evidence import load_reader
from services.detector.sequence_detector import SequenceDetector
from shared.artefacts.manifest import Artefact, load_artefact
from shared.artefacts.sequence_detector import is_sequence_detector
from shared.core.records import Event
from shared.core.sequences.seen import EXPERIMENTAL
from shared.errors import ArtefactInvalid, DeviceUnavailable

_KNOWN_LINES = 50_000
_WINDOWS_AT_ONCE = 500
DEFAULT_WINDOW = "fixed:20"
DEFAULT_BUDGET = 0.001
SESSIONS = "sessions"


class TrainedModel(Protocol):
    """name  what reports call it    window  the rule its windows were cut by

    budget  the share of normal windows that its threshold lets be flagged
    """

    name: str
    model_type: str
    version: str
    window: str
    budget: float
    is_experimental: bool

    @property
    def threshold(self) -> float:
        """A window is flagged above it."""
        ...

    @property
    def training(self) -> Mapping[str, Any]: ...

    @property
    def metrics(self) -> Mapping[str, Any]: ...

    def score(self, windows: Sequence[Events]) -> Scores: ...

    def embed(self, windows: Sequence[Events]) -> FloatArray:
        """(n, dim) where each window lies for the model."""
        ...


class _Sequences:
    def __init__(self, name: str, detector: SequenceDetector, budget: float | None) -> None:
        said = detector.manifest
        self.name, self.model_type, self.version = name, str(said.model_type), said.version
        self.window, self.budget = said.window, said.budget if budget is None else budget
        self.is_experimental = said.model_type in EXPERIMENTAL
        self.training, self.metrics = said.training, said.metrics
        self._detector, self.threshold = detector, detector.threshold(self.budget)

    def score(self, windows: Sequence[Events]) -> Scores:
        read = self._detector.read(windows)
        return Scores(np.array([each.strangeness for each in read]), self.threshold, [each.surprise for each in read])

    def embed(self, windows: Sequence[Events]) -> FloatArray:
        read = [each.embedding for each in self._detector.read(windows)]
        width = max((len(each) for each in read), default=0)
        return np.array([each if len(each) else np.zeros(width) for each in read]).reshape(len(read), width)


class _Evidence:
    def __init__(self, name: str, artefact: Artefact, budget: float | None, threads: int, device: Device) -> None:
        said = artefact.manifest
        self.name, self.model_type, self.version = name, "moe", artefact.version
        self.window = str(said.training.get("window", DEFAULT_WINDOW))
        self.is_experimental = False
        self.training, self.metrics = said.training, said.metrics
        self.budget = float(said.training.get("budget", DEFAULT_BUDGET)) if budget is None else budget
        self.threshold = -math.log(self.budget)
        self._reader, self._reference = load_reader(artefact, threads, _KNOWN_LINES, device)

    def score(self, windows: Sequence[Events]) -> Scores:
        strangeness, lines = np.zeros(len(windows)), [np.zeros(0)] * len(windows)
        filled = [at for at, events in enumerate(windows) if events]
        for start in range(0, len(filled), _WINDOWS_AT_ONCE):
            part = filled[start : start + _WINDOWS_AT_ONCE]
            for at, seen in zip(part, self._reader.read([windows[at] for at in part]), strict=True):
                judged = self._reference.judge(seen)
                strangeness[at] = judged.strangeness
                lines[at] = _as_long(judged.lines.astype(np.float64), windows[at])
        return Scores(strangeness, self.threshold, lines)

    def embed(self, windows: Sequence[Events]) -> FloatArray:
        return np.array([seen.embedding for seen in self._reader.read(list(windows))], dtype=np.float64)


def _as_long(lines: FloatArray, events: Sequence[Event]) -> FloatArray:
    """A model reads so many events of a window; those beyond say nothing."""
    return np.pad(lines, (0, len(events) - len(lines)))


def window_size(model: TrainedModel, default: int = 20) -> int:
    """Events of a window as the model knows them; ``default`` where it was trained on sessions."""
    kind, _, rest = model.window.partition(":")
    size = rest.partition(":")[0]
    return int(size) if kind in {"fixed", "sliding"} and size.isdigit() else default


def load_trained(
    directory: Path, budget: float | None = None, threads: int = 1, device: Device = Device.AUTO, name: str = ""
) -> TrainedModel:
    """The model in ``directory``. ``budget``: share of normal windows that may be flagged, its own if None."""
    called = name or directory.resolve().name
    try:
        if is_sequence_detector(directory):
            return _Sequences(called, SequenceDetector.load(directory, threads, device), budget)
        return _Evidence(called, load_artefact(directory), budget, threads, device)
    except ArtefactInvalid as error:
        raise CommandFailed(
            f"{directory} holds no model that can be used: {error.detail}",
            "give a directory that `loglynx train` made",
        ) from error
    except DeviceUnavailable as error:
        raise CommandFailed(str(error)) from error
