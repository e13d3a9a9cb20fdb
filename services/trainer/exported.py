"""The exported graphs as the trainer checks, calibrates and evaluates them: with ONNX Runtime, as they will serve.

``prove_parity`` compares them with the torch models and with themselves under padding and other batch mates; a
difference beyond the bounds raises ArtefactInvalid, so that no such file is ever written into a manifest.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from services.trainer.datasets.windows import Batch
from services.trainer.fit_lines import TokenTable
from services.trainer.models.line_encoder import LineEncoder
from services.trainer.models.sequence_model import SequenceModel
from shared.artefacts.manifest import MOST_DIFFERENCE_FROM_ITSELF, MOST_DIFFERENCE_FROM_TORCH
from shared.errors import ArtefactInvalid

FloatArray = NDArray[np.float32]


class ExportedGraphs:
    """The two files, opened."""

    def __init__(self, line_encoder: Path, sequence_model: Path, threads: int = 2) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        cpu = ["CPUExecutionProvider"]
        self._lines = onnxruntime.InferenceSession(line_encoder.read_bytes(), options, providers=cpu)
        self._windows = onnxruntime.InferenceSession(sequence_model.read_bytes(), options, providers=cpu)

    def encode(self, tokens: NDArray[np.int64], is_real: NDArray[np.bool_]) -> FloatArray:
        """(B, dim)."""
        return np.asarray(self._lines.run(["vectors"], {"tokens": tokens, "is_real": is_real})[0])

    def score(self, vectors: FloatArray, batch: Batch) -> tuple[FloatArray, FloatArray, FloatArray]:
        """head (W,), surprise (W, L), window vectors (W, dim). vectors (templates, dim)."""
        inputs = {
            "vectors": vectors[batch.kind] * batch.is_real[..., None],
            "side": batch.side,
            "is_real": batch.is_real,
        }
        head, surprise, window = self._windows.run(["head", "surprise", "window_vectors"], inputs)
        return head, surprise, window


def prove_parity(
    graphs: ExportedGraphs,
    encoder: LineEncoder,
    model: SequenceModel,
    table: TokenTable,
    vectors: FloatArray,
    batch: Batch,
) -> dict[str, float]:
    """Largest differences: from torch, under more padding, and alone instead of in a batch.

    Raises ArtefactInvalid beyond the bounds.
    """
    longest = sorted(table.tokens, key=len)[-8:] + list(table.tokens[:24])
    width = max(len(row) for row in longest)
    tokens = np.stack([np.pad(row, (0, width - len(row))) for row in longest])
    real = np.stack([np.arange(width) < len(row) for row in longest])
    with torch.no_grad():
        from_torch = encoder(torch.from_numpy(tokens), torch.from_numpy(real)).numpy()
        line_vectors = torch.from_numpy(vectors[batch.kind] * batch.is_real[..., None])
        expected = model(line_vectors, torch.from_numpy(batch.side), torch.from_numpy(batch.is_real))
    together = graphs.score(vectors, batch)
    alone = [graphs.score(vectors, _row(batch, row, 0)) for row in range(len(batch.is_real))]
    widened = [graphs.score(vectors, _row(batch, row, 5)) for row in range(len(batch.is_real))]
    singles = np.stack(
        [graphs.encode(row[None, : m.sum()], m[None, : m.sum()])[0] for row, m in zip(tokens, real, strict=True)]
    )
    found = {
        "line_encoder_from_torch": _far(graphs.encode(tokens, real), from_torch),
        "sequence_model_from_torch": max(_far(a, b.numpy()) for a, b in zip(together, expected, strict=True)),
        "line_encoder_alone": _far(graphs.encode(tokens, real), singles),
        "windows_alone": max(_apart(together, one, row) for row, one in enumerate(alone)),
        "windows_padded": max(_apart(together, one, row) for row, one in enumerate(widened)),
    }
    for name, difference in found.items():
        bound = MOST_DIFFERENCE_FROM_TORCH if name.endswith("torch") else MOST_DIFFERENCE_FROM_ITSELF
        if not difference <= bound:
            raise ArtefactInvalid(f"{name} differs by {difference:.2e}")
    return found


def _row(batch: Batch, row: int, padding: int) -> Batch:
    """One window of a batch on its own, cut to its length plus ``padding``."""
    length = int(batch.is_real[row].sum())

    def cut(values: NDArray[np.generic]) -> NDArray[np.generic]:
        widths = [(0, 0), (0, padding)] + [(0, 0)] * (values.ndim - 2)
        return np.pad(values[row : row + 1, :length], widths)

    return Batch(
        cut(batch.kind), cut(batch.side), cut(batch.is_real), cut(batch.wrong),  # type: ignore[arg-type]
        batch.is_strange[row : row + 1], batch.stream[row : row + 1],
    )  # fmt: skip


def _apart(together: tuple[FloatArray, ...], alone: tuple[FloatArray, ...], row: int) -> float:
    head, surprise, window = (values[row] for values in together)
    length = min(len(surprise), alone[1].shape[1])
    return max(
        float(abs(head - alone[0][0])), _far(surprise[:length], alone[1][0, :length]), _far(window, alone[2][0])
    )  # fmt: skip


def _far(a: FloatArray, b: FloatArray) -> float:
    return float(np.abs(a - b).max())
