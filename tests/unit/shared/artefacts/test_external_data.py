"""A graph that points outside itself is recognised wherever the pointer hides."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from shared.artefacts.external_data import refers_outside


def outside(name: str = "weight") -> onnx.TensorProto:
    tensor = numpy_helper.from_array(np.ones(3, np.float32), name)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    return tensor


def a_model(nodes: list[onnx.NodeProto], initializers: list[onnx.TensorProto] | None = None) -> bytes:
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])
    content: bytes = helper.make_model(helper.make_graph(nodes, "g", [], [y], initializers or [])).SerializeToString()
    return content


def test_a_plain_graph_does_not() -> None:
    inside = numpy_helper.from_array(np.arange(300, dtype=np.float32), "weight")
    assert not refers_outside(a_model([helper.make_node("Identity", ["weight"], ["y"])], [inside]))


def test_an_initializer_does() -> None:
    assert refers_outside(a_model([helper.make_node("Identity", ["weight"], ["y"])], [outside()]))


def test_a_constant_inside_a_node_does() -> None:
    assert refers_outside(a_model([helper.make_node("Constant", [], ["y"], value=outside())]))


def test_an_initializer_of_a_branch_does() -> None:
    y = helper.make_tensor_value_info("z", TensorProto.FLOAT, [3])
    branch = helper.make_graph([helper.make_node("Identity", ["weight"], ["z"])], "b", [], [y], [outside()])
    assert refers_outside(a_model([helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)]))


def test_a_constant_inside_a_function_does() -> None:
    model = onnx.load_from_string(a_model([helper.make_node("Identity", ["weight"], ["y"])]))
    node = helper.make_node("Constant", [], ["y"], value=outside())
    model.functions.append(helper.make_function("d", "f", [], ["y"], [node], [helper.make_opsetid("", 18)]))
    assert refers_outside(model.SerializeToString())


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\x3a\xff\xff\xff\xff\x0f", b"not a model", b"\x80" * 40, b"\x3b"]
)
def test_bytes_that_are_no_model_are_not_believed(content: bytes) -> None:
    assert refers_outside(content)


def test_a_truncated_model_is_not_believed() -> None:
    whole = a_model(
        [helper.make_node("Identity", ["weight"], ["y"])], [numpy_helper.from_array(np.ones(9), "weight")]
    )
    assert refers_outside(whole[: len(whole) // 2])
