"""Reads a window of line vectors and says how strange it is, and which events make it so.

- every event is first guessed from the others (the cloze): who comes between such neighbours elsewhere in this
  window, and what else is here. The guess never sees the event itself, so how well it fits is honest surprise, and
  regularity is learned *in context*: a system never seen in training has its own pattern within the window
- then two layers of attention with relative positions read the events, their neighbours and their fits; their
  feed-forward parts are mixtures of experts
- each event's state gives its surprise, -log P(event is in place), in nats
- ``[CLS] -> dim -> 64 -> 1 -> sigmoid`` is the window's head; its last step also sees the worst event and how bad all
  are together, since a window is as strange as what it holds
- nothing depends on other windows or on padding
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.trainer.models.attention import SelfAttention
from services.trainer.models.cloze import Cloze, neighbours
from services.trainer.models.moe import DenseFeedForward, MoeFeedForward, Routing

_HIDDEN_KEY = -1e9


@dataclass(frozen=True, slots=True)
class SequenceShape:
    """``event_side`` of the ``side_dim`` features concern one event alone; the rest compare it with its window.

    No experts: a dense layer of as many products. ``routes_by_window``: the router sees what the window is about.
    """

    side_dim: int
    event_side: int
    dim: int = 256
    layers: int = 2
    heads: int = 4
    experts: int = 8
    hidden: int = 512
    max_events: int = 256
    routes_by_window: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """W windows of L events. head (W,) logit, event (W, L) logit of being out of place, window (W, dim) length 1,
    context (W, L, dim) and values (W, L, event_side) the cloze's guesses, routing of each layer that has experts,
    with rows [CLS, event 1, ...] per window."""

    head: Tensor
    event: Tensor
    window: Tensor
    context: Tensor
    values: Tensor
    routing: list[Routing]


class SequenceLayer(nn.Module):
    """Pre-norm attention, then pre-norm mixture of experts."""

    def __init__(self, shape: SequenceShape) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(shape.dim)
        self.attention = SelfAttention(shape.dim, shape.heads)
        self.feed_norm = nn.LayerNorm(shape.dim)
        self.feed = (
            MoeFeedForward(shape.dim, shape.hidden, shape.experts, shape.routes_by_window)
            if shape.experts
            else DenseFeedForward(shape.dim, shape.hidden)
        )

    def forward(self, x: Tensor, bias: Tensor, about: Tensor) -> tuple[Tensor, Routing | None]:
        x = x + self.attention(self.attention_norm(x), bias)
        windows, length, dim = x.shape
        about = about[:, None].expand(windows, length, dim).reshape(windows * length, dim)
        fed, routing = self.feed(self.feed_norm(x).reshape(windows * length, dim), about)
        return x + fed.reshape(windows, length, dim), routing


class SequenceModel(nn.Module):
    """vectors (W, L, dim), side (W, L, side_dim), is_real (W, L) -> head (W,), surprise (W, L), window (W, dim)."""

    distance: Tensor

    def __init__(self, shape: SequenceShape) -> None:
        super().__init__()
        self.shape = shape
        self.cloze = Cloze(shape.dim, shape.event_side, shape.heads)
        self.take_vector = nn.Linear(shape.dim, shape.dim)
        self.take_before = nn.Linear(shape.dim, shape.dim, bias=False)
        self.take_after = nn.Linear(shape.dim, shape.dim, bias=False)
        self.take_side = nn.Linear(shape.side_dim, shape.dim)
        self.take_fit = nn.Linear(shape.dim + 2 + shape.event_side, shape.dim)
        self.cls = nn.Parameter(torch.randn(shape.dim) * 0.02)
        self.bias = nn.Embedding(_BUCKETS, shape.heads)
        self.layers = nn.ModuleList(SequenceLayer(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.dim)
        self.head = nn.Sequential(nn.Linear(shape.dim, shape.dim), nn.GELU(), nn.Linear(shape.dim, 64), nn.GELU())
        self.verdict = nn.Linear(64 + 2, 1)
        self.event = nn.Sequential(nn.Linear(shape.dim, 64), nn.GELU(), nn.Linear(64, 1))
        self.sum_up = nn.Linear(2 * shape.dim, shape.dim)
        self.tally = nn.Linear(shape.dim, shape.dim)  # for training only
        nn.init.zeros_(self.bias.weight)
        nn.init.constant_(self.verdict.weight[:, 64:], 0.4)
        self.register_buffer("distance", _distance_buckets(shape.max_events + 1), persistent=False)

    def forward(self, vectors: Tensor, side: Tensor, is_real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        reading = self.read(vectors, side, is_real)
        surprise = functional.softplus(reading.event) * is_real.to(vectors.dtype)
        return torch.sigmoid(reading.head), surprise, reading.window

    def read(self, vectors: Tensor, side: Tensor, is_real: Tensor) -> Reading:
        windows, _, dim = vectors.shape
        real = is_real[..., None].to(vectors.dtype)
        vectors, side = vectors * real, side * real
        guess = self.cloze(vectors, side[..., : self.shape.event_side], is_real)
        before, after = neighbours(vectors)
        events = (
            self.take_vector(vectors) + self.take_before(before) + self.take_after(after)
            + self.take_side(side) + self.take_fit(guess.fit)
        )  # fmt: skip
        x = torch.cat([self.cls.expand(windows, 1, dim), events * real], dim=1)  # (W, 1 + L, dim)
        bias = self._bias(is_real)
        about = functional.normalize(vectors.sum(1), dim=-1) * 8.0
        routing = []
        for layer in self.layers:
            x, routed = layer(x, bias, about)
            if routed is not None:
                routing.append(routed)
        x = self.norm(x)
        summary, states = x[:, 0], x[:, 1:]
        mean = (states * real).sum(1) / real.sum(1).clamp(min=1.0)
        window = functional.normalize(self.sum_up(torch.cat([summary, mean], dim=-1)), dim=-1)
        event = self.event(states)[..., 0].float()
        among = torch.where(is_real, event, _HIDDEN_KEY)
        worst = torch.stack([among.amax(-1), torch.logsumexp(among, dim=-1)], dim=-1)
        head = self.verdict(torch.cat([self.head(summary), worst], dim=-1))[:, 0]
        return Reading(head, event, window, guess.context, guess.values, routing)

    def _bias(self, is_real: Tensor) -> Tensor:
        """(W, heads, 1 + L, 1 + L): what distance says, and padding hidden."""
        size = is_real.shape[1] + 1
        relative = self.bias(self.distance[:size, :size]).permute(2, 0, 1)[None]  # (1, heads, 1 + L, 1 + L)
        hidden = torch.where(is_real, 0.0, _HIDDEN_KEY)[:, None, None, :]
        bias: Tensor = relative + functional.pad(hidden, (1, 0))
        return bias


_NEAR, _FAR = 8, 4  # exact distances, then one bucket per doubling, on each side
_BUCKETS = 2 * (_NEAR + _FAR) + 2


def _distance_buckets(size: int) -> Tensor:
    """(size, size) bucket of key minus query; row and column 0 are [CLS] and have a bucket of their own."""
    at = torch.arange(size)
    offset = at[None, :] - at[:, None]
    far = offset.abs()
    bucket = torch.where(
        far < _NEAR, far, _NEAR + (far.clamp(min=1).float() / _NEAR).log2().long().clamp(0, _FAR - 1)
    )
    bucket = torch.where(offset < 0, bucket + _NEAR + _FAR, bucket)
    bucket[0, :] = bucket[:, 0] = _BUCKETS - 1
    return bucket
