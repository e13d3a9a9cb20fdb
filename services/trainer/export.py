"""Turns the two trained networks into ONNX files that standard operators alone can run.

- opset 18; experts by Gather / MatMul / ScatterND over the rows that chose them, never every expert for every row
- weights are stored as ``storing`` says; where the torch model was rounded so, both hold the very same numbers, and
  parity is a matter of arithmetic order only
- every dimension of batch, length and tokens is free
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxscript import opset18 as op
from torch import Tensor, nn

from services.trainer.lstm_export import TRANSLATIONS as LSTM_TRANSLATIONS
from services.trainer.lstm_export import as_operators
from services.trainer.models.line_encoder import LineEncoder
from services.trainer.models.moe import MoeFeedForward, run_experts
from services.trainer.models.sequence_model import SequenceModel
from services.trainer.storing import store_small
from services.trainer.torch_run import TorchRun

OPSET = 18
_MOST = {"length": 4096}  # of a sequence detector's free dimensions
_MOST_ROWS = 1 << 20  # of any other


@torch.library.custom_op("loglynx::experts", mutates_args=())
def _experts(
    x: Tensor,
    chosen: Tensor,
    widen: Sequence[Tensor],
    widen_bias: Sequence[Tensor],
    narrow: Sequence[Tensor],
    narrow_bias: Sequence[Tensor],
) -> Tensor:
    return run_experts(x, chosen, widen, widen_bias, narrow, narrow_bias)


@_experts.register_fake
def _(x: Tensor, chosen: Tensor, widen: Any, widen_bias: Any, narrow: Any, narrow_bias: Any) -> Tensor:
    return torch.empty_like(x)


def _onnx_experts(x: Any, chosen: Any, widen: Any, widen_bias: Any, narrow: Any, narrow_bias: Any) -> Any:
    """The same in ONNX: for each expert the rows that chose it, gathered; all results scattered back at once."""
    orders, parts = [], []
    for index in range(len(widen)):
        mine = op.Equal(chosen, op.Constant(value_int=index))
        rows = op.Transpose(op.NonZero(mine), perm=[1, 0])  # (n, 1)
        gathered = op.GatherND(x, rows)
        hidden = op.Relu(op.Add(op.MatMul(gathered, widen[index]), widen_bias[index]))
        parts.append(op.Add(op.MatMul(hidden, narrow[index]), narrow_bias[index]))
        orders.append(rows)
    return op.ScatterND(x, op.Concat(*orders, axis=0), op.Concat(*parts, axis=0))


class _LineGraph(nn.Module):
    def __init__(self, model: LineEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor, is_real: Tensor) -> Tensor:
        vectors: Tensor = self.model(tokens, is_real)
        return vectors


def export_line_encoder(model: LineEncoder, path: Path) -> None:
    """tokens (B, T) int64, is_real (B, T) bool -> vectors (B, dim)."""
    tokens = torch.randint(5, model.shape.vocabulary, (3, 12))
    batch, length = (
        torch.export.Dim("lines", min=1, max=4096),
        torch.export.Dim("tokens", min=2, max=model.shape.max_tokens),
    )
    shapes = {"tokens": {0: batch, 1: length}, "is_real": {0: batch, 1: length}}
    _export(
        _LineGraph(model),
        (tokens, torch.ones_like(tokens, dtype=torch.bool)),
        path,
        ["tokens", "is_real"],
        ["vectors"],
        shapes,
    )


def export_sequence_model(model: SequenceModel, path: Path) -> None:
    """vectors (W, L, dim), side (W, L, side_dim), is_real (W, L) bool -> head, surprise, window_vectors."""
    windows, length = (
        torch.export.Dim("windows", min=1, max=16_384),
        torch.export.Dim("events", min=1, max=model.shape.max_events),
    )
    free = {0: windows, 1: length}
    example = (
        torch.randn(3, 7, model.shape.dim),
        torch.randn(3, 7, model.shape.side_dim),
        torch.ones(3, 7, dtype=torch.bool),
    )
    experts = [layer.feed for layer in model.layers]
    for feed in experts:
        assert isinstance(feed, MoeFeedForward)
        feed.runner = _experts
    try:
        _export(
            model, example, path, ["vectors", "side", "is_real"], ["head", "surprise", "window_vectors"],
            {"vectors": free, "side": free, "is_real": free},
        )  # fmt: skip
    finally:
        for feed in experts:
            feed.runner = run_experts  # type: ignore[union-attr]


def export_run(run: TorchRun, path: Path) -> None:
    """A sequence detector's graph, as its TorchRun describes it. Weights stay float32: these graphs are small."""
    dims: dict[str, Any] = {
        name: torch.export.Dim(name, min=1, max=_MOST.get(name, _MOST_ROWS))
        for axes in run.free
        for name in axes.values()
    }
    free = {
        name: {axis: dims[dim] for axis, dim in axes.items()} for name, axes in zip(run.inputs, run.free, strict=True)
    }
    _export(as_operators(run.graph), run.example, path, list(run.inputs), list(run.outputs), free)


def _export(
    model: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    inputs: list[str],
    outputs: list[str],
    shapes: dict[str, Any],
) -> None:
    model.eval()
    for teller in ("torch.onnx", "onnxscript"):  # of packages that are not installed, and of what cannot be folded
        logging.getLogger(teller).setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model,
            example,
            dynamo=True,
            opset_version=OPSET,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=shapes,
            custom_translation_table={torch.ops.loglynx.experts.default: _onnx_experts, **LSTM_TRANSLATIONS},
            verbose=False,
        )
    assert program is not None
    graph = program.model_proto
    store_small(graph)
    graph.doc_string = ""
    for node in graph.graph.node:  # tracebacks of this machine's paths have no place in an artefact
        node.doc_string = ""
        del node.metadata_props[:]
    onnx.checker.check_model(graph)
    path.write_bytes(graph.SerializeToString(deterministic=True))
