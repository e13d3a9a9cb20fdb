"""What is exported of each sequence model: numbers in, surprise out, nothing of the training left.

Each function wraps a trained model as a TorchRun; shared.core.sequences says what the inputs and outputs mean.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from services.trainer.models.count_autoencoder import CountAutoencoder
from services.trainer.models.deeplog import DeepLog
from services.trainer.models.linked_encoder import LinkedEncoder
from services.trainer.models.masked_encoder import MaskedEncoder
from services.trainer.torch_run import TorchRun
from shared.core.sequences.subjects import PER_EVENT

_ROWS, _LENGTH = 3, 7
_ROW = {0: "rows", 1: "length"}
_HIDDEN = {0: "hidden"}


class _NextKeyGraph(nn.Module):
    def __init__(self, model: DeepLog) -> None:
        super().__init__()
        self.model = model

    def forward(self, histories: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        state = self.model.state(histories)
        logits = self.model.next_key(state)
        return _surprise(logits, wanted), state


class _MaskedGraph(nn.Module):
    def __init__(self, model: MaskedEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, shown: Tensor, is_real: Tensor, at: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        states = self.model(shown, is_real)
        hidden = states.flatten(0, 1).index_select(0, at)
        return _surprise(self.model.logits(hidden), wanted), states[:, 0]


class _LinkedGraph(nn.Module):
    def __init__(self, model: LinkedEncoder) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, shown: Tensor, is_real: Tensor, at: Tensor, wanted: Tensor, subjects: Tensor
    ) -> tuple[Tensor, Tensor]:
        states = self.model.read(shown, is_real, subjects)
        hidden = states.flatten(0, 1).index_select(0, at)
        return _surprise(self.model.logits(hidden), wanted), states[:, 0]


def next_key_run(model: DeepLog) -> TorchRun:
    history = model.shape.history
    example = (torch.randint(5, model.shape.keys, (_ROWS, history)), torch.randint(5, model.shape.keys, (_ROWS,)))
    free = ({0: "rows"}, {0: "rows"})
    return TorchRun(
        _NextKeyGraph(model), ("histories", "wanted"), ("surprise", "state"), example, free
    )  # fmt: skip


def masked_run(model: MaskedEncoder) -> TorchRun:
    names = ("shown", "is_real", "at", "wanted")
    return TorchRun(
        _MaskedGraph(model), names, ("surprise", "summary"), _masked_example(model.shape.keys),
        (_ROW, _ROW, _HIDDEN, _HIDDEN),
    )  # fmt: skip


def linked_run(model: LinkedEncoder) -> TorchRun:
    names = ("shown", "is_real", "at", "wanted", "subjects")
    subjects = torch.randint(0, 3, (_ROWS, _LENGTH, PER_EVENT))
    return TorchRun(
        _LinkedGraph(model), names, ("surprise", "summary"), (*_masked_example(model.shape.keys), subjects),
        (_ROW, _ROW, _HIDDEN, _HIDDEN, _ROW),
    )  # fmt: skip


def vector_run(model: CountAutoencoder) -> TorchRun:
    example = (torch.rand(_ROWS, model.keys),)
    return TorchRun(model, ("counts",), ("log_share", "code"), example, ({0: "rows"},))


def _masked_example(keys: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    shown = torch.randint(5, keys, (_ROWS, _LENGTH))
    at = torch.tensor([1, 9, 10, 20])
    return shown, torch.ones_like(shown, dtype=torch.bool), at, shown.reshape(-1)[at]


def _surprise(logits: Tensor, wanted: Tensor) -> Tensor:
    """(N,) nats of ``wanted`` (N,) under logits (N, keys)."""
    return -torch.log_softmax(logits, dim=-1).gather(1, wanted[:, None])[:, 0]
