"""How weights are stored: large matrices as int8 with a float32 scale per output, the rest as float16.

``round_as_stored`` rounds a trained torch model to the numbers that its file will hold, so that both compute with the
very same weights; ``store_small`` finds those numbers again in an exported graph and stores them so. Behind each
stored weight stand a Cast and, for int8, a Mul, which the runtime folds away when it loads the file: what is computed
with stays float32. Products of int8 activations would be faster, but their scale depends on everything in the batch,
and a score must not. The router is kept in float32: rounding it would send events to other experts.
"""

from __future__ import annotations

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from services.trainer.models.moe import MoeFeedForward

_WORTH_INT8 = 20_000  # elements of a matrix
_WORTH_HALF = 64  # elements of anything else; smaller constants stay as they are
_STEPS = 127
_SCALE_BITS = 11  # of a scale's mantissa, so that 127 scales are exact in float32
FloatArray = NDArray[np.float32]


def round_as_stored(model: nn.Module) -> None:
    """Round every weight in place to what will be stored."""
    routers = {m.router.weight for m in model.modules() if isinstance(m, MoeFeedForward)}
    experts = {w for m in model.modules() if isinstance(m, MoeFeedForward) for w in (*m.widen, *m.narrow)}
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter in routers:
                continue
            if parameter.ndim == 2 and parameter.numel() >= _WORTH_INT8:
                parameter.copy_(_in_steps(parameter, 0 if parameter in experts else 1))
            else:
                parameter.copy_(parameter.half().float())


def _in_steps(weight: Tensor, axis: int) -> Tensor:
    """The nearest multiples of a scale per slice along ``axis``, each slice's largest becoming 127 scales."""
    mantissa, exponent = torch.frexp(weight.abs().amax(axis, keepdim=True) / _STEPS)
    scale = torch.ldexp(torch.round(mantissa * 2**_SCALE_BITS) / 2**_SCALE_BITS, exponent)
    scale = torch.where(scale == 0, 1.0, scale)
    return torch.round(weight / scale).clamp(-_STEPS, _STEPS) * scale


def store_small(model: onnx.ModelProto) -> None:
    """Replace float32 constants by smaller ones of the same values; those that have no such form stay."""
    added: list[onnx.NodeProto] = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type != TensorProto.FLOAT:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        steps = _found_steps(values)
        if steps is not None:
            whole, scale = steps
            tensor.CopyFrom(numpy_helper.from_array(whole, name + ".int8"))
            model.graph.initializer.append(numpy_helper.from_array(scale, name + ".scale"))
            added.append(_cast(name + ".int8", name + ".whole"))
            added.append(helper.make_node("Mul", [name + ".whole", name + ".scale"], [name], name=name + ".mul"))
        elif values.size >= _WORTH_HALF and np.array_equal(values.astype(np.float16).astype(np.float32), values):
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + ".half"))
            added.append(_cast(name + ".half", name))
    nodes = [*added, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _cast(stored: str, name: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [stored], [name], name=name + ".cast", to=TensorProto.FLOAT)


def _found_steps(values: FloatArray) -> tuple[NDArray[np.int8], FloatArray] | None:
    """The int8 multiples and scales that give exactly ``values``, whichever axis they run along."""
    if values.ndim != 2 or values.size < _WORTH_INT8:
        return None
    for axis in (0, 1):
        scale = np.abs(values).max(axis, keepdims=True) / np.float32(_STEPS)
        scale = np.where(scale == 0, np.float32(1.0), scale).astype(np.float32)
        whole = np.rint(values / scale)
        if np.array_equal((whole * scale).astype(np.float32), values):
            return whole.astype(np.int8), scale
    return None
