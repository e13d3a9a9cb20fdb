"""Multi-head attention with an additive bias, in operators that export to plain MatMul and Softmax."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SelfAttention(nn.Module):
    """x (B, L, dim), bias broadcastable to (B, heads, L, L): added to the scaled scores; -1e9 hides a key."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.mix_in = nn.Linear(dim, 3 * dim)
        self.mix_out = nn.Linear(dim, dim)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, dim = x.shape
        mixed = self.mix_in(x).reshape(batch, length, 3, self.heads, dim // self.heads)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)  # (B, heads, L, dim / heads)
        return self.mix_out(_merge(_attend(query * self.scale, key, value, bias)))  # type: ignore[no-any-return]


class CrossAttention(nn.Module):
    """Queries, keys and values each from their own input; used where a position must not see itself."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (dim // heads) ** -0.5
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.mix_out = nn.Linear(dim, dim)

    def forward(self, query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        heads = [self._split(f(x)) for f, x in ((self.query, query), (self.key, key), (self.value, value))]
        return self.mix_out(_merge(_attend(heads[0] * self.scale, heads[1], heads[2], bias)))  # type: ignore[no-any-return]

    def _split(self, x: Tensor) -> Tensor:
        batch, length, dim = x.shape
        return x.reshape(batch, length, self.heads, dim // self.heads).transpose(1, 2)


def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    return torch.softmax(query @ key.transpose(-1, -2) + bias, dim=-1) @ value


def _merge(x: Tensor) -> Tensor:
    batch, heads, length, width = x.shape
    return x.transpose(1, 2).reshape(batch, length, heads * width)
