"""DeepLog: the next event of a sequence from the few before it (Du et al. 2017, section 3.1).

- two LSTM layers of 64 over the last ``history`` = 10 keys, as in the paper's evaluation; keys are embedded
- the start of a window is padded with START on the left, so that its first events, and windows shorter than
  ``history``, are predicted like any other and not always strange
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class DeepLogShape:
    """keys: of the KeyBook, specials included"""

    keys: int
    history: int = 10
    dim: int = 32
    hidden: int = 64
    layers: int = 2


class DeepLog(nn.Module):
    """histories (B, history) int64, oldest first -> (B, keys) logits of the next key."""

    def __init__(self, shape: DeepLogShape) -> None:
        super().__init__()
        self.shape = shape
        self.keys = nn.Embedding(shape.keys, shape.dim)
        self.lstm = nn.LSTM(shape.dim, shape.hidden, shape.layers, batch_first=True)
        self.next_key = nn.Linear(shape.hidden, shape.keys)
        nn.init.normal_(self.keys.weight, std=0.3)

    def forward(self, histories: Tensor) -> Tensor:
        logits: Tensor = self.next_key(self.state(histories))
        return logits

    def state(self, histories: Tensor) -> Tensor:
        """(B, hidden): after the last key."""
        states, _ = self.lstm(self.keys(histories))  # (B, history, hidden)
        last: Tensor = states[:, -1]
        return last

    def surprise(self, histories: Tensor, wanted: Tensor) -> Tensor:
        """(B,) nats: -log p of the keys ``wanted`` (B,)."""
        return -torch.log_softmax(self(histories), dim=-1).gather(1, wanted[:, None])[:, 0]
