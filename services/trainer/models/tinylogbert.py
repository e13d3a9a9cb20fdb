"""TinyLogBERT, the concatenated form: ``[CLS] line 1 [SEP] line 2 [SEP] ...`` through a tiny BERT.

- two layers, after BERT-tiny (Turc et al. 2019); attention runs over every token of the window, so cost grows with
  volume: the price of seeing words across lines
- the state of [CLS] names the words of the window, hidden ones included (a bag of words). Nothing else would train
  it, and its distance from the centre of normal windows would mean nothing
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from services.trainer.models.masked_encoder import MaskedBatch, MaskedEncoder, MaskedShape

_BAG_WEIGHT = 0.2


class TinyLogBert(MaskedEncoder):
    """A MaskedEncoder over token numbers whose summary is [CLS]."""

    def __init__(self, shape: MaskedShape) -> None:
        super().__init__(shape)
        self.name_words = nn.Linear(shape.dim, shape.dim)

    def loss(self, batch: MaskedBatch) -> tuple[Tensor, dict[str, float]]:
        states = self(batch.shown, batch.is_real)
        words = self.surprise(states[batch.hidden], batch.keys[batch.hidden]).mean()
        bag = self.bag_loss(states[:, 0], batch)
        return words + _BAG_WEIGHT * bag, {"words": float(words.detach()), "bag": float(bag.detach())}

    def bag_loss(self, summaries: Tensor, batch: MaskedBatch) -> Tensor:
        """Nats per token: how badly the states of [CLS] (B, dim) tell which tokens their windows hold."""
        named = torch.log_softmax(self.name_words(summaries) @ self.keys.weight.T, dim=-1)  # (B, keys)
        each = named.gather(1, batch.keys) * batch.ordinary.to(named.dtype)
        return -each.sum() / batch.ordinary.sum().clamp(min=1)
