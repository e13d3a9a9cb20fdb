"""The two graphs of a verified artefact, run by ONNX Runtime: templates to vectors, windows to scores.

``OnnxModel.load(directory)`` verifies the artefact first (ArtefactInvalid) and hands the verified bytes to the
runtime. A CUDA provider is used when the installed runtime has one that works; ``provider`` says which it is.
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
from tokenizers import Tokenizer

from shared.artefacts.manifest import LINE_ENCODER, SEQUENCE_MODEL, TOKENIZER, Artefact, load_artefact
from shared.errors import ArtefactInvalid

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

LINES_PER_RUN = 64
CELLS_PER_RUN = 16_384  # events, padding included, that one run of the sequence model may hold
LONGEST_READ = 600  # characters of a template; more than max_tokens tokens ever need in practice
_PREFERRED = ("CUDAExecutionProvider", "CPUExecutionProvider")


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

    def __init__(self, artefact: Artefact, *, intra_op_threads: int = 1, use_gpu: bool = True) -> None:
        shapes = artefact.manifest.shapes
        self.version = artefact.version
        self.dim, self.side_dim, self.max_events = shapes.dim, shapes.side_dim, shapes.max_events
        self._max_tokens = shapes.max_tokens
        self._tokenizer = _tokenizer(artefact.read(TOKENIZER), shapes.max_tokens)
        self._encoder = _session(artefact.read(LINE_ENCODER), intra_op_threads, use_gpu)
        self._sequence = _session(artefact.read(SEQUENCE_MODEL), intra_op_threads, use_gpu)
        self.provider: str = self._sequence.get_providers()[0]
        self._check_interface()

    @classmethod
    def load(cls, directory: Path | str, *, intra_op_threads: int = 1, use_gpu: bool = True) -> OnnxModel:
        """The model in ``directory``. Raises ArtefactInvalid."""
        return cls(load_artefact(directory), intra_op_threads=intra_op_threads, use_gpu=use_gpu)

    def encode(self, templates: Sequence[str]) -> FloatArray:
        """(n, dim): one vector of length 1 for each template."""
        vectors = np.zeros((len(templates), self.dim), dtype=np.float32)
        readable = [template[:LONGEST_READ].encode(errors="replace").decode() for template in templates]
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(readable)]
        by_length = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
        for start in range(0, len(by_length), LINES_PER_RUN):
            rows = by_length[start : start + LINES_PER_RUN]
            ids = np.zeros((len(rows), len(tokens[rows[-1]])), dtype=np.int64)
            is_real = np.zeros(ids.shape, dtype=bool)
            for row, index in enumerate(rows):
                ids[row, : len(tokens[index])] = tokens[index]
                is_real[row, : len(tokens[index])] = True
            vectors[rows] = self._encoder.run(["vectors"], {"tokens": ids, "is_real": is_real})[0]
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
        step = max(1, CELLS_PER_RUN // length)
        for start in range(0, windows, step):
            part = slice(start, start + step)
            inputs = {"vectors": vectors[part], "side": side[part], "is_real": is_real[part]}
            scores.head[part], scores.surprise[part], scores.window_vectors[part] = self._sequence.run(
                ["head", "surprise", "window_vectors"], inputs
            )
        return scores

    def _check_interface(self) -> None:
        for session, wanted in (
            (self._encoder, ({"tokens", "is_real"}, {"vectors"})),
            (self._sequence, ({"vectors", "side", "is_real"}, {"head", "surprise", "window_vectors"})),
        ):
            found = ({x.name for x in session.get_inputs()}, {x.name for x in session.get_outputs()})
            if found != wanted:
                raise ArtefactInvalid("a graph has not the inputs and outputs that the detector feeds")


def _tokenizer(content: bytes, max_tokens: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_str(content.decode())
    except Exception:
        raise ArtefactInvalid(f"{TOKENIZER} is not a tokenizer") from None
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _session(content: bytes, intra_op_threads: int, use_gpu: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = intra_op_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    available = set(onnxruntime.get_available_providers())
    providers = [name for name in _PREFERRED[0 if use_gpu else 1 :] if name in available]
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception:
        raise ArtefactInvalid("a graph cannot be loaded by this runtime") from None
