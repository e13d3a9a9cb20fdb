"""What is stored in small form holds the very numbers that the rounded model computes with."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from services.trainer.models.moe import MoeFeedForward
from services.trainer.storing import round_as_stored, store_small


def a_graph(values: np.ndarray) -> onnx.ModelProto:
    weight = numpy_helper.from_array(values, "w")
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, values.shape[0]])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, values.shape[-1]])
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [x], [y], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


def stored_again(model: onnx.ModelProto) -> np.ndarray:
    """What the runtime will compute with."""
    held = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    if "w.int8" in held:
        return held["w.int8"].astype(np.float32) * held["w.scale"]
    return held["w.half"].astype(np.float32) if "w.half" in held else held["w"]


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize("size", [1e-7, 0.02, 30.0])
def test_a_large_matrix_is_stored_in_bytes_and_comes_back_exactly(is_turned: bool, size: float) -> None:
    torch.manual_seed(1)
    layer = nn.Linear(200, 150)
    nn.init.normal_(layer.weight, std=size)
    before = layer.weight.detach().clone()
    round_as_stored(layer)
    weight = layer.weight.detach().numpy()
    model = a_graph(weight.T.copy() if is_turned else weight)
    store_small(model)
    assert np.array_equal(stored_again(model), weight.T if is_turned else weight)
    assert len(model.SerializeToString()) < 1.1 * weight.size
    assert (layer.weight - before).abs().max() < 0.6 * before.abs().max() / 127
    onnx.checker.check_model(model)


def test_a_row_of_zeros_stays_a_row_of_zeros() -> None:
    layer = nn.Linear(200, 150)
    layer.weight.data[3] = 0.0
    round_as_stored(layer)
    assert not layer.weight[3].any() and bool(torch.isfinite(layer.weight).all())


def test_small_parts_are_halved_and_the_router_is_left_alone() -> None:
    torch.manual_seed(2)
    layer = MoeFeedForward(dim=64, hidden=400, experts=3)
    router = layer.router.weight.detach().clone()
    round_as_stored(layer)
    assert torch.equal(layer.router.weight, router)
    bias = layer.shared_widen.bias
    assert torch.equal(bias, bias.half().float())
    assert len(layer.widen[0].unique()) < len(torch.unique(torch.randn(64, 400)))


def test_numbers_that_fit_no_small_form_stay_as_they_are() -> None:
    values = np.random.default_rng(0).normal(size=(200, 150)).astype(np.float32)
    model = a_graph(values)
    store_small(model)
    assert np.array_equal(stored_again(model), values)
