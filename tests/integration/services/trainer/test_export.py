"""The exported files compute what the torch models compute, with experts gathered and weights stored small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch.nn import functional

from services.trainer.export import export_line_encoder, export_sequence_model
from services.trainer.models.line_encoder import LineEncoder, LineEncoderShape
from services.trainer.models.sequence_model import SequenceModel, SequenceShape
from services.trainer.storing import round_as_stored
from shared.artefacts.external_data import refers_outside

DIM, SIDE = 32, 9


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[SequenceModel, Path]:
    torch.manual_seed(5)
    model = SequenceModel(
        SequenceShape(SIDE, 6, dim=DIM, layers=1, heads=2, experts=5, hidden=48, max_events=40)
    ).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    round_as_stored(model)
    path = tmp_path_factory.mktemp("graphs") / "sequence_model.onnx"
    export_sequence_model(model, path)
    return model, path


def inputs(windows: int, length: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    vectors = functional.normalize(torch.randn(windows, length, DIM), dim=-1)
    return vectors, torch.rand(windows, length, SIDE), torch.ones(windows, length, dtype=torch.bool)


def run(path: Path, given: tuple[torch.Tensor, ...], names: list[str]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return list(session.run(None, {name: value.numpy() for name, value in zip(names, given, strict=True)}))


@pytest.mark.parametrize(("windows", "length"), [(1, 1), (1, 40), (9, 10), (130, 6)])
def test_the_sequence_model_is_the_same(exported: tuple[SequenceModel, Path], windows: int, length: int) -> None:
    model, path = exported
    given = inputs(windows, length)
    with torch.no_grad():
        expected = model(*given)
    for wanted, found in zip(expected, run(path, given, ["vectors", "side", "is_real"]), strict=True):
        assert np.abs(wanted.numpy() - found).max() <= 1e-4


def test_rare_experts_may_get_no_event_at_all(exported: tuple[SequenceModel, Path]) -> None:
    path = exported[1]
    given = inputs(1, 1)  # two rows for five experts: at least three stay empty
    assert np.isfinite(run(path, given, ["vectors", "side", "is_real"])[0]).all()


def test_experts_run_on_gathered_rows_in_standard_operators_only(exported: tuple[SequenceModel, Path]) -> None:
    graph = onnx.load(exported[1])
    assert {opset.domain for opset in graph.opset_import if opset.domain} == set()
    assert next(opset.version for opset in graph.opset_import if not opset.domain) >= 17
    kinds = [node.op_type for node in graph.graph.node]
    assert kinds.count("NonZero") == kinds.count("GatherND") == 5
    assert kinds.count("ScatterND") == 1


def test_weights_are_stored_small_but_for_the_router_and_nothing_lies_outside(
    exported: tuple[SequenceModel, Path],
) -> None:
    graph = onnx.load(exported[1])
    whole = [
        t.name
        for t in graph.graph.initializer
        if t.data_type == onnx.TensorProto.FLOAT and np.prod(t.dims) >= 64 and not t.name.endswith(".scale")
    ]
    assert len(whole) == 1  # the router
    assert not refers_outside(exported[1].read_bytes())
    assert b"/site-packages/" not in exported[1].read_bytes()


def test_after_export_the_torch_model_still_trains(exported: tuple[SequenceModel, Path]) -> None:
    model, _ = exported
    model(*inputs(3, 5))[0].sum().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in model.layers[0].feed.widen)


def test_the_line_encoder_is_the_same(tmp_path: Path) -> None:
    torch.manual_seed(6)
    encoder = LineEncoder(LineEncoderShape(300, dim=DIM, layers=1, heads=2, hidden=48, max_tokens=20)).eval()
    round_as_stored(encoder)
    path = tmp_path / "line_encoder.onnx"
    export_line_encoder(encoder, path)
    for lines, length in ((1, 2), (7, 20)):
        tokens = torch.randint(5, 300, (lines, length))
        real = torch.ones_like(tokens, dtype=torch.bool)
        with torch.no_grad():
            expected = encoder(tokens, real).numpy()
        assert np.abs(expected - run(path, (tokens, real), ["tokens", "is_real"])[0]).max() <= 1e-4
