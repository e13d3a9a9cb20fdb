"""BERT-mini over one template: tokens in, one unit vector out.

- 4 pre-norm layers, hidden 256, 4 heads, FFN 1024 (sizes of Turc et al. 2019, "Well-read students learn better")
- mean and max pooling over real tokens, one projection, length 1: cosine distances are meaningful at once
- the masked-token head shares the embedding matrix; it, the level head and the trouble head exist for training only
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.trainer.models.attention import SelfAttention


@dataclass(frozen=True, slots=True)
class LineEncoderShape:
    """vocabulary size, then widths; ``max_tokens`` includes [CLS] and [SEP]."""

    vocabulary: int
    dim: int = 256
    layers: int = 4
    heads: int = 4
    hidden: int = 1024
    max_tokens: int = 64
    levels: int = 3


class EncoderLayer(nn.Module):
    """x + attention(norm(x)), then x + FFN(norm(x))."""

    def __init__(self, dim: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dim)
        self.attention = SelfAttention(dim, heads)
        self.feed_norm = nn.LayerNorm(dim)
        self.widen = nn.Linear(dim, hidden)
        self.narrow = nn.Linear(hidden, dim)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), bias)
        fed: Tensor = self.narrow(functional.gelu(self.widen(self.feed_norm(x))))
        return x + fed


class LineEncoder(nn.Module):
    """tokens (B, T) int64, is_real (B, T) bool -> (B, dim) unit vectors."""

    def __init__(self, shape: LineEncoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.tokens = nn.Embedding(shape.vocabulary, shape.dim)
        self.positions = nn.Embedding(shape.max_tokens, shape.dim)
        self.layers = nn.ModuleList(EncoderLayer(shape.dim, shape.heads, shape.hidden) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.dim)
        self.project = nn.Linear(2 * shape.dim, shape.dim)
        self.word_norm = nn.LayerNorm(shape.dim)
        self.word_bias = nn.Parameter(torch.zeros(shape.vocabulary))
        self.level = nn.Linear(shape.dim, shape.levels)
        self.trouble = nn.Linear(shape.dim, 1)
        nn.init.normal_(self.tokens.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, tokens: Tensor, is_real: Tensor) -> Tensor:
        return self.pool(self.states(tokens, is_real), is_real)

    def states(self, tokens: Tensor, is_real: Tensor) -> Tensor:
        """(B, T, dim): one state per token."""
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        bias = torch.where(is_real, 0.0, -1e9)[:, None, None, :]  # (B, 1, 1, T)
        for layer in self.layers:
            x = layer(x, bias)
        normed: Tensor = self.norm(x)
        return normed

    def pool(self, states: Tensor, is_real: Tensor) -> Tensor:
        """(B, dim), length 1."""
        real = is_real[..., None].to(states.dtype)
        mean = (states * real).sum(1) / real.sum(1).clamp(min=1.0)
        top = (states + (real - 1.0) * 1e4).amax(1)
        return functional.normalize(self.project(torch.cat([mean, top], dim=-1)), dim=-1)

    def guess_words(self, states: Tensor) -> Tensor:
        """(N, dim) states -> (N, vocabulary) logits."""
        logits: Tensor = self.word_norm(states) @ self.tokens.weight.T + self.word_bias
        return logits

    def guess_level(self, vectors: Tensor) -> Tensor:
        """(B, dim) line vectors -> (B, levels) logits."""
        logits: Tensor = self.level(vectors * 8.0)
        return logits

    def guess_trouble(self, vectors: Tensor) -> Tensor:
        """(B, dim) line vectors -> (B,) log-odds that the words are bad news."""
        odds: Tensor = self.trouble(vectors * 8.0)[:, 0]
        return odds
