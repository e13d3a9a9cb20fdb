"""An LSTM as ONNX's own operator: torch's exporter unrolls one into as many steps as its example has, for good.

``as_operators`` gives a copy of a model in which every nn.LSTM is a chain of ``loglynx::lstm``; ``TRANSLATIONS`` says
what that is in ONNX. Only what the project's models use: batch first, one direction, with biases, no projection;
dropout between layers belongs to training and is left out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from onnxscript import opset18 as op
from torch import Tensor, nn


@torch.library.custom_op("loglynx::lstm", mutates_args=())
def _lstm(x: Tensor, widen: Tensor, recur: Tensor, widen_bias: Tensor, recur_bias: Tensor) -> Tensor:
    """x (B, L, in), weights as nn.LSTM keeps them -> states (B, L, hidden), from zeros on."""
    start = x.new_zeros(1, x.shape[0], recur.shape[1])
    weights = [widen, recur, widen_bias, recur_bias]
    states: Tensor = torch._VF.lstm(x, (start, start), weights, True, 1, 0.0, False, False, True)[0]
    return states


@_lstm.register_fake
def _(x: Tensor, widen: Tensor, recur: Tensor, widen_bias: Tensor, recur_bias: Tensor) -> Tensor:
    return x.new_empty(x.shape[0], x.shape[1], recur.shape[1])


def _onnx_lstm(x: Any, widen: Any, recur: Any, widen_bias: Any, recur_bias: Any) -> Any:
    first, second = op.Constant(value_ints=[0]), op.Constant(value_ints=[1])
    biases = op.Concat(_reordered(widen_bias), _reordered(recur_bias), axis=0)
    states, _, _ = op.LSTM(
        op.Transpose(x, perm=[1, 0, 2]),
        op.Unsqueeze(_reordered(widen), first),
        op.Unsqueeze(_reordered(recur), first),
        op.Unsqueeze(biases, first),
        hidden_size=int(recur.shape[1]),
    )  # (L, 1, B, hidden)
    return op.Transpose(op.Squeeze(states, second), perm=[1, 0, 2])


def _reordered(gates: Any) -> Any:
    """torch keeps input, forget, cell, output; ONNX wants input, output, forget, cell."""
    enter, forget, cell, leave = op.Split(gates, num_outputs=4, axis=0)
    return op.Concat(enter, leave, forget, cell, axis=0)


TRANSLATIONS: dict[Callable[..., Any], Any] = {torch.ops.loglynx.lstm.default: _onnx_lstm}


class _Operators(nn.Module):
    """In the place of an nn.LSTM."""

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        if not (lstm.batch_first and lstm.bias) or lstm.bidirectional or lstm.proj_size:
            raise ValueError("only LSTMs of one direction with biases, batch first, are exported")
        self.lstm = lstm

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        for layer in range(self.lstm.num_layers):
            parts = (f"{part}_l{layer}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            x = torch.ops.loglynx.lstm(x, *(getattr(self.lstm, part) for part in parts))
        return x, None


def as_operators(model: nn.Module) -> nn.Module:
    """A copy; the same module where it holds no LSTM."""
    if not any(isinstance(part, nn.LSTM) for part in model.modules()):
        return model
    changed = copy.deepcopy(model)
    for owner in list(changed.modules()):
        for name, part in list(owner.named_children()):
            if isinstance(part, nn.LSTM) and not isinstance(owner, _Operators):
                setattr(owner, name, _Operators(part))
    return changed
