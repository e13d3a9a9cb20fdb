"""Takes the weights of an exported model back into torch, so that training can go on from the shipped one.

The exporter folds some weights into constants with names of its own. Which those are tells a twin: an untrained model
of the same shape, exported the same way, holds each of its random weights under the name that the shipped file has.
Heads that exist for training only are in no file and start anew. Raises ArtefactInvalid where a weight is missing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from shared.errors import ArtefactInvalid

_STORED = (".int8", ".half")
FloatArray = NDArray[np.float32]


def take_over(
    model: nn.Module, export: Callable[[Any, Path], None], content: bytes, only_for_training: tuple[str, ...]
) -> None:
    """Fill ``model``, untrained, with the weights of the graph ``content``, which ``export`` once wrote.

    only_for_training  prefixes of parameters that no file holds
    """
    shipped = _weights(onnx.load_from_string(content))
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.05)  # the exporter stores equal constants once, and no two are equal now
    with tempfile.TemporaryDirectory() as directory:
        export(model, Path(directory) / "twin.onnx")
        twin = _weights(onnx.load(Path(directory) / "twin.onnx"))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.startswith(only_for_training):
                continue  # random as any head is at the start
            parameter.copy_(torch.from_numpy(_found(name, parameter.numpy(), twin, shipped)))


def _found(name: str, own: FloatArray, twin: dict[str, FloatArray], shipped: dict[str, FloatArray]) -> FloatArray:
    for stored in (name, f"model.{name}"):
        if stored in shipped and shipped[stored].shape == own.shape:
            return shipped[stored]
    for stored, values in twin.items():
        if values.size != own.size or values.ndim != own.ndim or stored not in shipped:
            continue
        for is_turned in (False, True):
            if np.array_equal(values.T if is_turned else values, own) and shipped[stored].shape == values.shape:
                found: FloatArray = shipped[stored].T if is_turned else shipped[stored]
                return np.ascontiguousarray(found)
    raise ArtefactInvalid(f"the model to start from holds no weight {name} of this shape")


def _weights(model: onnx.ModelProto) -> dict[str, FloatArray]:
    """Name -> values as they are computed with, whatever they are stored as (services.trainer.storing)."""
    raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    weights: dict[str, FloatArray] = {}
    for name, values in raw.items():
        whole = values.astype(np.float32)
        if name.endswith(".int8"):
            whole = (whole * raw[f"{name.removesuffix('.int8')}.scale"]).astype(np.float32)
        for ending in _STORED:
            name = name.removesuffix(ending)  # noqa: PLW2901
        weights[name] = whole
    return weights
