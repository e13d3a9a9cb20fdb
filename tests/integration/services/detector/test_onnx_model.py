"""The shipped graphs as they serve: verified, without torch, and indifferent to batches and padding."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from services.detector.onnx_model import ModelScores, OnnxModel
from shared.artefacts.manifest import SEQUENCE_MODEL, TOKENIZER
from shared.artefacts.shipped import shipped_model
from shared.errors import ArtefactInvalid

TEMPLATES = [
    "Received block blk_<ID> of size <SIZE> from <IP>", "订单 <NUM> 支付超时，正在重试", "ok", "", "é龘\U0001f600 [MASK] <PAD>",
    "java.io.IOException: Connection reset by peer at <NUM> while reading block from a very long list of " + "nodes " * 200,
]  # fmt: skip


@pytest.fixture(scope="module")
def model() -> OnnxModel:
    return OnnxModel.load(shipped_model())


def windows(model: OnnxModel, count: int, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    vectors = draw.normal(size=(count, length, model.dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (
        vectors,
        draw.random((count, length, model.side_dim), dtype=np.float32),
        np.ones((count, length), dtype=bool),
    )


def far(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


def rows(scores: ModelScores, row: int, length: int) -> np.ndarray:
    return np.concatenate([[scores.head[row]], scores.surprise[row, :length], scores.window_vectors[row]])


def test_a_template_has_one_vector_whoever_comes_with_it(model: OnnxModel) -> None:
    together = model.encode(TEMPLATES * 30)
    assert together.dtype == np.float32
    assert far(np.linalg.norm(together, axis=1), np.ones(len(together))) < 1e-5
    for index, template in enumerate(TEMPLATES):
        assert far(model.encode([template])[0], together[index]) <= 1e-5
        assert far(together[index + len(TEMPLATES) * 29], together[index]) <= 1e-5


def test_a_window_scores_the_same_alone_padded_or_among_two_hundred(model: OnnxModel) -> None:
    vectors, side, is_real = windows(model, 200, 10)
    together = model.score(vectors, side, is_real)
    wide = [np.pad(values, ((0, 0), (0, 6), (0, 0)), constant_values=3.0) for values in (vectors, side)]
    padded = model.score(wide[0], wide[1], np.pad(is_real, ((0, 0), (0, 6))))
    assert not padded.surprise[:, 10:].any()
    for row in (0, 57, 199):
        alone = model.score(vectors[row : row + 1], side[row : row + 1], is_real[:1])
        assert far(rows(together, row, 10), rows(alone, 0, 10)) <= 1e-5
        assert far(rows(together, row, 10), rows(padded, row, 10)) <= 1e-5


def test_the_longest_window_and_the_shortest_score_within_their_ranges(model: OnnxModel) -> None:
    for length in (1, model.max_events):
        scores = model.score(*windows(model, 70, length))
        assert ((scores.head >= 0) & (scores.head <= 1)).all() and (scores.surprise >= 0).all()
        assert np.isfinite(scores.window_vectors).all()


def test_shapes_that_do_not_fit_are_refused(model: OnnxModel) -> None:
    vectors, side, is_real = windows(model, 2, 5)
    with pytest.raises(ValueError, match="together"):
        model.score(vectors[:, :4], side, is_real)
    with pytest.raises(ValueError, match="events"):
        model.score(*windows(model, 1, model.max_events + 1))


def test_more_threads_give_the_same_scores(model: OnnxModel) -> None:
    given = windows(model, 20, 10)
    other = OnnxModel.load(shipped_model(), intra_op_threads=2)
    assert far(model.score(*given).head, other.score(*given).head) <= 1e-5


def test_the_provider_is_named(model: OnnxModel) -> None:
    assert model.provider in {"CPUExecutionProvider", "CUDAExecutionProvider"}


@pytest.mark.parametrize("name", [SEQUENCE_MODEL, TOKENIZER])
def test_a_damaged_artefact_never_reaches_the_runtime(tmp_path: Path, name: str) -> None:
    damaged = shutil.copytree(shipped_model(), tmp_path / "m")
    content = bytearray((damaged / name).read_bytes())
    content[-100] ^= 4
    (damaged / name).write_bytes(bytes(content))
    with pytest.raises(ArtefactInvalid, match=name):
        OnnxModel.load(damaged)


def test_the_detector_runs_where_torch_cannot_be_imported() -> None:
    program = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'onnx', 'onnxscript'): sys.modules[name] = None\n"
        "from services.detector.onnx_model import OnnxModel\n"
        "from services.detector.line_cache import LineCache\n"
        "from shared.artefacts.shipped import shipped_model\n"
        "from shared.core.normalising import line_ids\n"
        "model = OnnxModel.load(shipped_model())\n"
        "cache = LineCache(model.encode, model.dim)\n"
        "rows = cache.lookup(line_ids(['a b c']), ['a b c'])\n"
        "print(cache.vectors[rows].shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "(1, 256)"
