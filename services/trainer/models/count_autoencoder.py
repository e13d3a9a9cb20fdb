"""An autoencoder of a window's template counts, with a likelihood for shares (after Mult-DAE, Liang et al. 2018).

- counts (B, keys), log-scaled and of length 1 -> a narrow code -> log shares (B, keys) of the templates
- some inputs are dropped while it learns: what is there must be told from what else is there
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CountAutoencoder(nn.Module):
    """counts (B, keys) -> log_share (B, keys), code (B, code)."""

    def __init__(self, keys: int, hidden: int = 128, code: int = 16) -> None:
        super().__init__()
        self.keys = keys
        self.squeeze = nn.Sequential(nn.Linear(keys, hidden), nn.Tanh(), nn.Linear(hidden, code), nn.Tanh())
        self.rebuild = nn.Sequential(nn.Linear(code, hidden), nn.Tanh(), nn.Linear(hidden, keys))

    def forward(self, counts: Tensor) -> tuple[Tensor, Tensor]:
        code = self.squeeze(counts)
        return torch.log_softmax(self.rebuild(code), dim=-1), code
