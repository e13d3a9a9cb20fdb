"""A sequence's class from its raw events, end to end.

- an event is its template's embedding, the mean of its words' embeddings, and a projection of pause and level: what
  training never met still has its words
- one LSTM over the events; mean and maximum of its states and of the events themselves make the code, so that both
  order and mere presence count. It reads from left to right only: padding on the right changes nothing before it
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from shared.core.sequences.class_rows import SIDE, WORD_BUCKETS


@dataclass(frozen=True, slots=True)
class ClassifierShape:
    """keys: of the KeyBook, specials included"""

    keys: int
    classes: int
    dim: int = 32
    hidden: int = 48
    code: int = 32
    dropout: float = 0.2


class SequenceClassifier(nn.Module):
    """keys (B, L), words (B, L, W), side (B, L, SIDE), is_real (B, L) -> logits (B, classes), code (B, code)."""

    def __init__(self, shape: ClassifierShape) -> None:
        super().__init__()
        self.shape = shape
        self.keys = nn.Embedding(shape.keys, shape.dim)
        self.words = nn.Embedding(WORD_BUCKETS, shape.dim, padding_idx=0)
        self.side = nn.Linear(SIDE, shape.dim)
        self.norm = nn.LayerNorm(shape.dim)
        self.lstm = nn.LSTM(shape.dim, shape.hidden, batch_first=True)
        self.drop = nn.Dropout(shape.dropout)
        self.to_code = nn.Linear(2 * (shape.dim + shape.hidden), shape.code)
        self.to_classes = nn.Linear(shape.code, shape.classes)
        nn.init.normal_(self.keys.weight, std=0.3)
        nn.init.normal_(self.words.weight, std=0.3)

    def forward(self, keys: Tensor, words: Tensor, side: Tensor, is_real: Tensor) -> tuple[Tensor, Tensor]:
        has_word = (words > 0).unsqueeze(-1).float()  # (B, L, W, 1)
        meaning = (self.words(words) * has_word).sum(2) / has_word.sum(2).clamp(min=1.0)
        events = self.norm(self.keys(keys) + meaning + self.side(side))  # (B, L, dim)
        states, _ = self.lstm(self.drop(events))
        seen = torch.cat([events, states], dim=-1)  # (B, L, dim + hidden)
        real = is_real.unsqueeze(-1)
        mean = (seen * real).sum(1) / real.sum(1).clamp(min=1)
        most = seen.masked_fill(~real, -1e4).amax(1)
        code = torch.tanh(self.to_code(self.drop(torch.cat([mean, most], dim=-1))))
        return self.to_classes(code), code
