"""A trained sequence detector at work: windows of events in, strangeness and surprise out, on ONNX Runtime alone.

``SequenceDetector.load(directory)`` verifies the artefact first (ArtefactInvalid) and hands the verified bytes to the
runtime. The threshold comes from normal windows that were held back, and a budget of false alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.detector.device import Device
from services.detector.placing import Graph, Source, place
from shared.artefacts.sequence_detector import (
    CALIBRATION,
    GRAPH,
    READER,
    TOKENIZER,
    DetectorArtefact,
    load_sequence_detector,
)
from shared.core.calibration import Tail, fit_tail
from shared.core.records import Event
from shared.core.sequences.impressions import Arrays, Impression
from shared.core.sequences.key_book import SPECIAL, START
from shared.core.sequences.seen import (
    GRAPH_INPUTS,
    GRAPH_OUTPUTS,
    SMALLEST_SCALE,
    ModelType,
    Seer,
    reader_of,
    threshold_of,
)
from shared.core.sequences.subjects import PER_EVENT
from shared.core.sequences.token_rows import Tokenize
from shared.errors import ArtefactInvalid

_MOST_CALIBRATION = 100_000


class SequenceDetector:
    """A loaded artefact."""

    def __init__(self, artefact: DetectorArtefact, threads: int = 1, device: Device = Device.AUTO) -> None:
        """Raises ArtefactInvalid, DeviceUnavailable."""
        self.manifest = artefact.manifest
        self.model_type: ModelType = artefact.manifest.model_type
        self._seer = Seer(self.model_type)
        settings = artefact.read_json(READER)
        tokenize = _tokenize(artefact.contents[TOKENIZER]) if TOKENIZER in artefact.contents else None
        try:
            self._reader = reader_of(self.model_type, settings, self._run, tokenize)
            self.calibration = _tail(artefact.read_json(CALIBRATION))
            probe = _probe(self.model_type, settings)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ArtefactInvalid(f"{READER} or {CALIBRATION} is malformed") from None
        source = Source(artefact.contents[GRAPH], GRAPH_OUTPUTS[self.model_type], probe)
        self._graph: Graph = place([source], threads, device, onnxruntime).graphs[0]
        wanted = (set(GRAPH_INPUTS[self.model_type]), set(GRAPH_OUTPUTS[self.model_type]))
        session = self._graph.session
        if ({x.name for x in session.get_inputs()}, {x.name for x in session.get_outputs()}) != wanted:
            raise ArtefactInvalid("the graph has not the inputs and outputs of its model type")

    @classmethod
    def load(cls, directory: Path, threads: int = 1, device: Device = Device.AUTO) -> Self:
        """Raises ArtefactInvalid, DeviceUnavailable."""
        return cls(load_sequence_detector(directory), threads, device)

    def threshold(self, budget: float | None = None) -> float:
        """Nats above which a window is flagged; at the budget of the manifest when None."""
        return threshold_of(self.calibration, self.manifest.budget if budget is None else budget)

    def read(self, windows: Sequence[Sequence[Event]]) -> list[Impression]:
        """One impression per window; a window without events is not strange."""
        return self._reader.read(self._seer.see(windows))

    def _run(self, arrays: Arrays) -> Sequence[NDArray[Any]]:
        return self._graph.run(arrays)


def _tokenize(content: bytes) -> Tokenize:
    try:
        tokenizer = Tokenizer.from_str(content.decode())
    except Exception:  # the library raises a bare Exception
        raise ArtefactInvalid(f"{TOKENIZER} is not a tokenizer") from None
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def tokenize(lines: Sequence[str]) -> list[list[str]]:
        readable = [line.encode(errors="replace").decode() for line in lines]
        return [each.tokens for each in tokenizer.encode_batch(readable, add_special_tokens=False)]

    return tokenize


def _tail(said: dict[str, Any]) -> Tail:
    values = np.array(said["strangeness"], dtype=np.float64)
    if values.ndim != 1 or not 1 <= len(values) <= _MOST_CALIBRATION or not np.isfinite(values).all():
        raise ValueError("calibration is a row of numbers")
    return fit_tail(values, SMALLEST_SCALE)


def _probe(model_type: ModelType, settings: dict[str, Any]) -> Arrays:
    """Small inputs that any graph of the type takes; the same at every start."""
    keys = SPECIAL + len(settings["book"]["keys"])
    if model_type == "autoencoder":
        return {"counts": np.eye(2, keys, dtype=np.float32)}
    if model_type == "deeplog":
        histories = np.full((2, int(settings["history"])), START, dtype=np.int64)
        return {"histories": histories, "wanted": np.array([SPECIAL - 1, SPECIAL - 1])}
    shown = np.full((2, 3), SPECIAL - 1, dtype=np.int64)
    probe: dict[str, NDArray[Any]] = {
        "shown": shown,
        "is_real": np.ones(shown.shape, dtype=bool),
        "at": np.array([1, 4]),
        "wanted": np.array([SPECIAL - 1, SPECIAL - 1]),
    }
    return {**probe, "subjects": np.ones((2, 3, PER_EVENT), dtype=np.int64)} if model_type == "gnn" else probe
