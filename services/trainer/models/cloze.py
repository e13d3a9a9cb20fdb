"""Guesses each event of a window from the others, all positions in one pass, none seeing itself.

The guess for event i comes from its two neighbours, from what stood between similar neighbours elsewhere in the
window (keys are neighbour pairs, values the event between them: one-step induction, Olsson et al. 2022), and from
the bag of all other events. Events i-1, i, i+1 are hidden from the second source, since their neighbour pairs hold
event i. Trained with InfoNCE against the distinct templates of the batch.

Then, knowing which event it is, its side features are guessed from what events of its like carry in this window: the
level, numbers and length it should have.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.trainer.models.attention import CrossAttention

_HIDDEN_KEY = -1e9


def neighbours(x: Tensor) -> tuple[Tensor, Tensor]:
    """x (W, L, d) -> the event before each and the event after each, zero at the ends."""
    return functional.pad(x, (0, 0, 1, 0))[:, :-1], functional.pad(x, (0, 0, 0, 1))[:, 1:]


@dataclass(frozen=True, slots=True)
class Guess:
    """context (W, L, dim) unit vectors; values (W, L, event_side) the features expected of the event;
    fit (W, L, dim + 2 + event_side): agreement by dimension, cosine, how far off the best, how far off its values."""

    context: Tensor
    values: Tensor
    fit: Tensor


class Cloze(nn.Module):
    """vectors (W, L, dim), side (W, L, event_side), is_real (W, L) -> Guess."""

    def __init__(self, dim: int, event_side: int, heads: int) -> None:
        super().__init__()
        self.content = nn.Linear(dim + event_side, dim)
        self.before = nn.Linear(dim, dim, bias=False)
        self.after = nn.Linear(dim, dim)
        self.pair_norm = nn.LayerNorm(dim)
        self.content_norm = nn.LayerNorm(dim)
        self.nothing = nn.Parameter(torch.zeros(dim))  # what there is to see when there is nothing else
        self.induce = CrossAttention(dim, heads)
        self.survey = CrossAttention(dim, heads)
        self.widen = nn.Linear(3 * dim, 2 * dim)
        self.narrow = nn.Linear(2 * dim, dim)
        self.target = nn.Linear(dim, dim, bias=False)
        self.likeness = nn.Linear(dim, dim)
        self.recall = CrossAttention(dim, heads)
        self.expect = nn.Sequential(nn.Linear(3 * dim, dim), nn.GELU(), nn.Linear(dim, event_side))
        nn.init.eye_(self.target.weight)

    def forward(self, vectors: Tensor, side: Tensor, is_real: Tensor) -> Guess:
        real = is_real[..., None].to(vectors.dtype)
        content = self.content_norm(self.content(torch.cat([vectors * 8.0, side], dim=-1))) * real
        before, after = neighbours(content)
        pair = self.pair_norm(self.before(before) + self.after(after))
        padded, values = self._with_nothing(pair), self._with_nothing(content)
        near, itself = self._hidden(is_real, 1), self._hidden(is_real, 0)
        induced = self.induce(pair, padded, values, near)
        surveyed = self.survey(pair, values, values, itself)
        guess = self.narrow(functional.gelu(self.widen(torch.cat([pair, induced, surveyed], dim=-1))))
        context, target = functional.normalize(guess, dim=-1), self.targets(vectors)
        likeness = self.likeness(vectors * 8.0)
        recalled = self.recall(likeness, self._with_nothing(likeness), values, itself)
        expected = self.expect(torch.cat([likeness, recalled, guess], dim=-1))
        fit = torch.cat([self._fit(context, target, is_real), (side - expected) * 4.0], dim=-1)
        return Guess(context, expected, fit)

    def targets(self, vectors: Tensor) -> Tensor:
        """Line vectors as the guess is compared with them: (..., dim), length 1 (0 stays 0)."""
        return functional.normalize(self.target(vectors), dim=-1)

    def _with_nothing(self, x: Tensor) -> Tensor:
        return torch.cat([self.nothing.expand(x.shape[0], 1, x.shape[2]), x], dim=1)

    def _hidden(self, is_real: Tensor, reach: int) -> Tensor:
        """(W, 1, L, 1 + L): hides padding and the events within ``reach`` of the one being guessed."""
        length = is_real.shape[1]
        at = torch.arange(length, device=is_real.device)
        close = (at[None, :] - at[:, None]).abs() <= reach
        hidden = close[None] | ~is_real[:, None, :]
        return functional.pad(torch.where(hidden, _HIDDEN_KEY, 0.0), (1, 0))[:, None]

    @staticmethod
    def _fit(context: Tensor, target: Tensor, is_real: Tensor) -> Tensor:
        agreement = context @ target.transpose(-1, -2)  # (W, L, L): guess i against event j
        own = (context * target).sum(-1)
        best = torch.where(is_real[:, None, :], agreement, -1.0).amax(-1)
        return torch.cat([context * target * 8.0, torch.stack([own, best - own], dim=-1) * 4.0], dim=-1)
