"""Small artefacts that prove themselves: graphs that multiply, for tests that never run a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from shared.artefacts import manifest
from shared.artefacts.manifest import CALIBRATION, LINE_ENCODER, MODEL_CARD, SEQUENCE_MODEL, TOKENIZER, write_manifest
from shared.core.side_channel import SIDE_DIM

SHAPES = manifest.Shapes(dim=256, side_dim=SIDE_DIM, max_events=256, max_tokens=64, vocabulary=8000)


def a_graph() -> onnx.ModelProto:
    weight = numpy_helper.from_array(np.ones((4, 4), np.float32), "weight")
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 4]) for name in "xy")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "weight"], ["y"])], "g", [x], [y], [weight])
    return helper.make_model(graph)


def an_artefact(directory: Path, mark: str = "") -> Path:
    """``mark`` makes it another version."""
    directory.mkdir(exist_ok=True)
    for name in (LINE_ENCODER, SEQUENCE_MODEL):
        (directory / name).write_bytes(a_graph().SerializeToString())
    (directory / TOKENIZER).write_text("{}" + mark)
    (directory / CALIBRATION).write_text("{}")
    (directory / MODEL_CARD).write_text("# card\n")
    prove(directory)
    return directory


def prove(directory: Path, **metrics: object) -> manifest.Manifest:
    return write_manifest(directory, shapes=SHAPES, objectives=[], training={}, metrics=metrics, created="2026-01-01")
