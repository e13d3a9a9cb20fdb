"""A graph network over the events of a window: experimental, in plain torch.

- nodes are events; edges join each event with the one before and the one after it (the sequence), and with every
  event that is about the same subject: an address, an id, a user, a path. Each kind of edge has weights of its own
  (R-GCN, Schlichtkrull et al. 2018); messages of one kind are averaged
- beside the graph convolutions read the events in order, and a gate says for each event how much either counts
  (graph and sequence fusion). Neither sees the key it guesses: hidden events show HIDDEN
- the summary of a window is the mean of its events' states, at position 0
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.trainer.models.masked_encoder import MaskedBatch, MaskedShape

_REACH = 5  # events that a convolution sees at once
_SPHERE_WEIGHT = 0.1


class GraphLayer(nn.Module):
    """x (B, L, dim), links: one (B, L, L) row-normalised matrix per kind of edge."""

    def __init__(self, dim: int, kinds: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.own = nn.Linear(dim, dim)
        self.along = nn.ModuleList(nn.Linear(dim, dim, bias=False) for _ in range(kinds))

    def forward(self, x: Tensor, links: list[Tensor]) -> Tensor:
        normed = self.norm(x)
        message = self.own(normed)
        for matrix, along in zip(links, self.along, strict=True):
            message = message + matrix @ along(normed)
        return x + functional.gelu(message)


class LinkedEncoder(nn.Module):
    """keys (B, L) int64 of which column 0 is START, is_real (B, L), subjects (B, L, S) -> states (B, L, dim)."""

    centre: Tensor

    def __init__(self, shape: MaskedShape) -> None:
        super().__init__()
        self.shape = shape
        self.keys = nn.Embedding(shape.keys, shape.dim)
        self.layers = nn.ModuleList(GraphLayer(shape.dim, 3) for _ in range(shape.layers))
        self.along = nn.ModuleList(nn.Conv1d(shape.dim, shape.dim, _REACH, padding=_REACH // 2) for _ in range(2))
        self.gate = nn.Linear(2 * shape.dim, shape.dim)
        self.norm = nn.LayerNorm(shape.dim)
        self.key_bias = nn.Parameter(torch.zeros(shape.keys))
        self.register_buffer("centre", torch.zeros(shape.dim))
        nn.init.normal_(self.keys.weight, std=0.1)

    def read(self, shown: Tensor, is_real: Tensor, subjects: Tensor) -> Tensor:
        real = is_real.to(self.keys.weight.dtype)[..., None]
        x = self.keys(shown) * real
        links = _links(is_real, subjects, x.dtype)
        graph = x
        for layer in self.layers:
            graph = layer(graph, links) * real
        order = x
        for convolve in self.along:
            order = order + functional.gelu(convolve(order.transpose(1, 2)).transpose(1, 2)) * real
        gate = torch.sigmoid(self.gate(torch.cat([graph, order], dim=-1)))
        states = self.norm(gate * graph + (1.0 - gate) * order)
        summary = (states[:, 1:] * real[:, 1:]).sum(1) / real[:, 1:].sum(1).clamp(min=1.0)
        return torch.cat([summary[:, None], states[:, 1:]], dim=1)

    def states_of(self, batch: MaskedBatch) -> Tensor:
        """(B, L, dim) of what the batch shows."""
        assert batch.subjects is not None
        return self.read(batch.shown, batch.is_real, batch.subjects)

    def loss(self, batch: MaskedBatch) -> tuple[Tensor, dict[str, float]]:
        """Nats per hidden key, and a sphere around the centre as in LogBERT."""
        states = self.states_of(batch)
        keys = functional.cross_entropy(self.logits(states[batch.hidden]), batch.keys[batch.hidden])
        sphere = (states[:, 0] - self.centre).square().mean()
        return keys + _SPHERE_WEIGHT * sphere, {"keys": float(keys.detach()), "sphere": float(sphere.detach())}

    def logits(self, states: Tensor) -> Tensor:
        """(N, dim) states of hidden positions -> (N, keys)."""
        logits: Tensor = states @ self.keys.weight.T + self.key_bias
        return logits


def _links(is_real: Tensor, subjects: Tensor, dtype: torch.dtype) -> list[Tensor]:
    """From the event before, from the one after, from all that share a subject; rows sum to 1 or are empty."""
    length = is_real.shape[1]
    at = torch.arange(length, device=is_real.device)
    offset = at[None, :] - at[:, None]
    both = (is_real[:, :, None] & is_real[:, None, :]).to(dtype)
    before, after = ((offset == step).to(dtype)[None] * both for step in (-1, 1))
    alike = subjects[:, :, None, :, None] == subjects[:, None, :, None, :]
    named = (subjects > 0)[:, :, None, :, None]
    shared = (alike & named).to(dtype).sum((-1, -2)).clamp(max=1.0) * (offset != 0).to(dtype)[None]
    shared = shared / shared.sum(-1, keepdim=True).clamp(min=1.0)
    return [before, after, shared]
