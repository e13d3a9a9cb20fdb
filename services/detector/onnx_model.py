"""The two graphs of a verified artefact, run by ONNX Runtime: templates to vectors, windows to scores.

``OnnxModel.load(directory)`` verifies the artefact first (ArtefactInvalid) and hands the verified bytes to the
runtime. CUDA is used where it works (placing.py); ``provider`` says where runs really happen.
Batching here is for speed only: no result depends on what else is in the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from services.detector.device import CPU, CUDA, Device
from services.detector.placing import Source, place
from shared.artefacts.manifest import LINE_ENCODER, SEQUENCE_MODEL, TOKENIZER, Artefact, load_artefact
from shared.errors import ArtefactInvalid
from shared.template_encoder import token_batches, truncating_tokenizer

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_PROBE_WINDOWS, _PROBE_EVENTS = 3, 9


@dataclass(frozen=True, slots=True)
class Caps:
    """How much goes into one run.

    lines    templates in a run of the line encoder
    windows  in a run of the sequence model
    cells    events in it, padding included: attention over windows of 256 events takes 1 KiB x heads for each
    """

    lines: int
    windows: int
    cells: int


ON_CPU = Caps(lines=64, windows=128, cells=16_384)
# A card wants large runs, or launching kernels costs more than they do.
ON_CUDA = Caps(lines=512, windows=1_024, cells=65_536)


@dataclass(frozen=True, slots=True)
class ModelScores:
    """W windows of up to L events.

    head            (W,) in [0, 1], higher is stranger
    surprise        (W, L) nats, >= 0; 0 on padding
    window_vectors  (W, dim) length 1
    """

    head: FloatArray
    surprise: FloatArray
    window_vectors: FloatArray


class OnnxModel:
    """A loaded artefact. Safe to share between threads: it holds no state between calls."""

    def __init__(
        self,
        artefact: Artefact,
        *,
        intra_op_threads: int = 1,
        device: Device = Device.AUTO,
        runtime: Any = onnxruntime,
    ) -> None:
        """Raises ArtefactInvalid, and DeviceUnavailable where ``device`` is CUDA and that does not work."""
        shapes = artefact.manifest.shapes
        self.version = artefact.version
        self.dim, self.side_dim, self.max_events = shapes.dim, shapes.side_dim, shapes.max_events
        self._max_tokens = shapes.max_tokens
        self._tokenizer = truncating_tokenizer(artefact.read(TOKENIZER), shapes.max_tokens)
        lines = Source(artefact.read(LINE_ENCODER), ("vectors",), _line_probe())
        windows = Source(
            artefact.read(SEQUENCE_MODEL),
            ("head", "surprise", "window_vectors"),
            _window_probe(self.dim, self.side_dim, min(_PROBE_EVENTS, self.max_events)),
        )
        placed = place([lines, windows], intra_op_threads, device, runtime)
        self._encoder, self._sequence = placed.graphs
        self.why_not_cuda = placed.why_not_cuda
        self.caps = ON_CUDA if self.provider == CUDA else ON_CPU
        self._check_interface()

    @classmethod
    def load(
        cls,
        directory: Path | str,
        *,
        intra_op_threads: int = 1,
        device: Device = Device.AUTO,
        runtime: Any = onnxruntime,
    ) -> OnnxModel:
        """The model in ``directory``. Raises ArtefactInvalid, DeviceUnavailable."""
        return cls(load_artefact(directory), intra_op_threads=intra_op_threads, device=device, runtime=runtime)

    @property
    def provider(self) -> str:
        """Where both graphs run now: CUDA, or the CPU as soon as one of them does."""
        return CUDA if self._encoder.provider == self._sequence.provider == CUDA else CPU

    def encode(self, templates: Sequence[str]) -> FloatArray:
        """(n, dim): one vector of length 1 for each template."""
        vectors = np.zeros((len(templates), self.dim), dtype=np.float32)
        for rows, tokens, is_real in token_batches(self._tokenizer, templates, self.caps.lines):
            vectors[rows] = self._encoder.run({"tokens": tokens, "is_real": is_real})[0]
        return vectors

    def score(self, vectors: FloatArray, side: FloatArray, is_real: BoolArray) -> ModelScores:
        """vectors (W, L, dim), side (W, L, side_dim), is_real (W, L), at least one real event a window.

        Raises ValueError on shapes that the graph does not take, or L > max_events.
        """
        windows, length = is_real.shape
        if vectors.shape != (windows, length, self.dim) or side.shape != (windows, length, self.side_dim):
            raise ValueError("vectors, side features and mask do not fit together")
        if not 1 <= length <= self.max_events:
            raise ValueError(f"a window holds 1 to {self.max_events} events")
        scores = ModelScores(
            np.zeros(windows, np.float32),
            np.zeros((windows, length), np.float32),
            np.zeros((windows, self.dim), np.float32),
        )
        step = max(1, self.caps.cells // length)
        for start in range(0, windows, step):
            part = slice(start, start + step)
            inputs = {"vectors": vectors[part], "side": side[part], "is_real": is_real[part]}
            scores.head[part], scores.surprise[part], scores.window_vectors[part] = self._sequence.run(inputs)
        return scores

    def _check_interface(self) -> None:
        for graph, wanted in (
            (self._encoder, ({"tokens", "is_real"}, {"vectors"})),
            (self._sequence, ({"vectors", "side", "is_real"}, {"head", "surprise", "window_vectors"})),
        ):
            found = ({x.name for x in graph.session.get_inputs()}, {x.name for x in graph.session.get_outputs()})
            if found != wanted:
                raise ArtefactInvalid("a graph has not the inputs and outputs that the detector feeds")


def _line_probe() -> dict[str, Any]:
    """A line of five tokens and one of three; the ids exist in any vocabulary."""
    tokens = np.array([[5, 6, 7, 8, 9], [10, 11, 12, 0, 0]], dtype=np.int64)
    return {"tokens": tokens, "is_real": tokens > 0}


def _window_probe(dim: int, side_dim: int, length: int) -> dict[str, Any]:
    """Windows of vectors of length 1 that repeat and vary, the last one padded; the same at every start."""
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(_PROBE_WINDOWS, length, dim)).astype(np.float32)
    vectors[0, length // 2 :] = vectors[0, 0]
    is_real = np.ones((_PROBE_WINDOWS, length), dtype=bool)
    is_real[-1, (length + 1) // 2 :] = False
    return {
        "vectors": vectors / np.linalg.norm(vectors, axis=-1, keepdims=True),
        "side": draw.random((_PROBE_WINDOWS, length, side_dim), dtype=np.float32),
        "is_real": is_real,
    }
