"""A small BERT over numbers: each position's state from all positions, and a guess at what is hidden there.

What LogBERT-Distil (numbers are templates) and TinyLogBERT (numbers are tokens) have in common. Position 0 is a
summary that reads all others; ``centre`` is what it looks like in normal windows.

- positions are relative, a learnt bias per head and distance (Raffel et al. 2020): with absolute ones, as in the
  papers, one inserted line moved every later one and made them all surprising
- the bias starts with heads that look left or right, near or far (after ALiBi, Press et al. 2022); from a start at
  zero a fit of a minute spends half its steps before it finds its neighbours
- the guessing head shares the embedding matrix
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.trainer.models.line_encoder import EncoderLayer

_FARTHEST = 16  # positions; what is farther away is just far


@dataclass(frozen=True, slots=True)
class MaskedShape:
    """keys: specials included"""

    keys: int
    dim: int = 64
    layers: int = 2
    heads: int = 4
    hidden: int = 128


@dataclass(frozen=True, slots=True)
class MaskedBatch:
    """B rows padded to L numbers.

    keys (B, L) as they are, column 0 is START    shown (B, L) what the model gets: some HIDDEN
    hidden (B, L) what it must guess    is_real (B, L) False on padding    ordinary (B, L) False on specials, too
    subjects (B, L, S) whom each event is about, for models that look at it
    """

    keys: Tensor
    shown: Tensor
    hidden: Tensor
    is_real: Tensor
    ordinary: Tensor
    subjects: Tensor | None = None


class MaskedEncoder(nn.Module):
    """keys (B, L) int64 of which column 0 is START, is_real (B, L) -> states (B, L, dim). centre (dim,)."""

    centre: Tensor

    def __init__(self, shape: MaskedShape) -> None:
        super().__init__()
        self.shape = shape
        self.keys = nn.Embedding(shape.keys, shape.dim)
        self.distance_bias = nn.Embedding(2 * _FARTHEST + 1, shape.heads)
        self.layers = nn.ModuleList(EncoderLayer(shape.dim, shape.heads, shape.hidden) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.dim)
        self.guess = nn.Linear(shape.dim, shape.dim)
        self.guess_norm = nn.LayerNorm(shape.dim)
        self.key_bias = nn.Parameter(torch.zeros(shape.keys))
        self.register_buffer("centre", torch.zeros(shape.dim))
        nn.init.normal_(self.keys.weight, std=0.1)
        self.distance_bias.weight.data.copy_(_first_bias(shape.heads))

    def forward(self, keys: Tensor, is_real: Tensor) -> Tensor:
        x = self.keys(keys)
        bias = self._relative_bias(keys.shape[1]) + torch.where(is_real, 0.0, -1e9)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        states: Tensor = self.norm(x)
        return states

    def states_of(self, batch: MaskedBatch) -> Tensor:
        """(B, L, dim) of what the batch shows."""
        states: Tensor = self(batch.shown, batch.is_real)
        return states

    def _relative_bias(self, length: int) -> Tensor:
        """(1, heads, L, L): what the distance from query to key says."""
        at = torch.arange(length, device=self.distance_bias.weight.device)
        distance = (at[None, :] - at[:, None]).clamp(-_FARTHEST, _FARTHEST) + _FARTHEST
        bias: Tensor = self.distance_bias(distance).permute(2, 0, 1)[None]
        return bias

    def logits(self, states: Tensor) -> Tensor:
        """(N, dim) states of hidden positions -> (N, keys)."""
        guess = self.guess_norm(functional.gelu(self.guess(states)))
        logits: Tensor = guess @ self.keys.weight.T + self.key_bias
        return logits

    def surprise(self, states: Tensor, wanted: Tensor) -> Tensor:
        """(N,) nats: -log p of the keys ``wanted`` (N,) at hidden positions with these states (N, dim)."""
        return functional.cross_entropy(self.logits(states), wanted, reduction="none")

    def distance(self, states: Tensor) -> Tensor:
        """(B,) mean squared distance of the summaries from the centre, per dimension, given states (B, L, dim)."""
        return (states[:, 0] - self.centre).square().mean(-1)

    def loss(self, batch: MaskedBatch) -> tuple[Tensor, dict[str, float]]:
        """The sum to be minimised, and its parts by name; ``words`` is nats per hidden position."""
        raise NotImplementedError


def _first_bias(heads: int) -> Tensor:
    """(2 * _FARTHEST + 1, heads): even heads prefer what is before, odd ones what is after, each pair farther off."""
    distance = torch.arange(-_FARTHEST, _FARTHEST + 1).float()
    columns = []
    for head in range(heads):
        ahead = distance if head % 2 else -distance
        slope = 2.0 ** -(head // 2 * 2)
        columns.append(torch.where(ahead > 0, -slope * (ahead - 1), -3.0).clamp(min=-3.0))
    return torch.stack(columns, dim=1)
