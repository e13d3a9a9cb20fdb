"""The losses: what each model must get right, with no label that a person made.

Line encoder: masked tokens (Devlin et al. 2019), pairs of equal meaning close and others apart (InfoNCE, van den Oord
et al. 2018), the tone that a line claims of itself, what shared.core.lexicon reads in its words (distilled, so that a
vector says it also of words that the list lacks). Sequence model: the corrupted window (head), the events out of
place (surprise), each event told from all distinct templates of the batch by its context (InfoNCE), windows of one
stream close and corrupted ones apart (Khosla et al. 2020), the side features an event should have, the shares of
templates in a window, balanced experts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from services.trainer.models.line_encoder import LineEncoder
from services.trainer.models.moe import balance_loss
from services.trainer.models.sequence_model import Reading, SequenceModel

LINE_OBJECTIVES = ("masked tokens", "pairs of equal meaning", "tone the line claims", "trouble in the words")
SEQUENCE_OBJECTIVES = (
    "corrupted window", "event out of place", "masked event among distinct templates", "masked values",
    "windows of one stream", "shares of templates", "small hypersphere", "expert balance", "router z-loss",
)  # fmt: skip
_IGNORED = -100
_PAIR_SHARPNESS = 16.0
_CLOZE_SHARPNESS = 14.0
_WINDOW_SHARPNESS = 8.0


@dataclass(frozen=True, slots=True)
class LineBatch:
    """tokens (2B, T): line i and line B + i mean the same. masked: some tokens hidden; wanted: -100 but there.

    tone (2B,) class; trouble (2B,) log-odds; same (B, B) True where two different rows are the same template and
    must not be told apart."""

    masked: Tensor
    wanted: Tensor
    is_real: Tensor
    tone: Tensor
    trouble: Tensor
    same: Tensor


def line_loss(model: LineEncoder, batch: LineBatch) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum, and each part by name."""
    states = model.states(batch.masked, batch.is_real)
    hidden = batch.wanted != _IGNORED
    words = functional.cross_entropy(model.guess_words(states[hidden]), batch.wanted[hidden])
    vectors = model.pool(states, batch.is_real)
    left, right = vectors.chunk(2)
    agreement = (left @ right.T * _PAIR_SHARPNESS).masked_fill(batch.same, -1e9)
    target = torch.arange(len(left), device=left.device)
    pairs = (functional.cross_entropy(agreement, target) + functional.cross_entropy(agreement.T, target)) / 2
    tone = functional.cross_entropy(model.guess_level(vectors), batch.tone)
    trouble = functional.smooth_l1_loss(model.guess_trouble(vectors), batch.trouble)
    parts = {"words": words, "pairs": pairs, "tone": tone, "trouble": trouble}
    return words + pairs + 0.5 * tone + 0.5 * trouble, {name: float(part.detach()) for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class WindowBatch:
    """A datasets.windows.Batch as tensors, with its line vectors.

    templates (K, dim) the distinct templates of the batch, target (W, L) which of them each event is."""

    vectors: Tensor
    side: Tensor
    is_real: Tensor
    wrong: Tensor
    is_strange: Tensor
    stream: Tensor
    templates: Tensor
    target: Tensor


# What each part counts for.
WEIGHTS: Mapping[str, float] = {
    "head": 1.0, "wrong": 2.0, "cloze": 0.3, "values": 1.0, "windows": 0.2, "counts": 0.1, "sphere": 0.05,
    "balance": 0.1, "router": 0.001,
}  # fmt: skip


def sequence_loss(
    model: SequenceModel, batch: WindowBatch, weights: Mapping[str, float] = WEIGHTS
) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum, and each part by name."""
    reading = model.read(batch.vectors, batch.side, batch.is_real)
    strange = batch.is_strange.float()
    guessed = batch.is_real & ~batch.is_strange[:, None]
    targets = model.cloze.targets(batch.templates)
    own_side = batch.side[..., : model.shape.event_side]
    balance, router = _balance(reading, batch.is_real)
    parts = {
        "head": functional.binary_cross_entropy_with_logits(reading.head.float(), strange),
        "wrong": functional.binary_cross_entropy_with_logits(
            reading.event[batch.is_real].float(), batch.wrong[batch.is_real].float()
        ),
        "cloze": functional.cross_entropy(
            (reading.context[guessed] @ targets.T).float() * _CLOZE_SHARPNESS, batch.target[guessed]
        ),
        "values": functional.smooth_l1_loss(reading.values[guessed].float(), own_side[guessed], beta=0.1),
        "windows": _stream_loss(reading.window.float(), batch.stream, batch.is_strange),
        "counts": _count_loss(model, reading.window, targets, batch),
        "sphere": _sphere_loss(reading.window.float(), batch.stream, batch.is_strange),
        "balance": balance,
        "router": router,
    }
    total = torch.stack([weights[name] * part for name, part in parts.items() if weights[name]]).sum()
    return total, {name: float(part.detach()) for name, part in parts.items()}


def _count_loss(model: SequenceModel, window: Tensor, targets: Tensor, batch: WindowBatch) -> Tensor:
    """A normal window's vector must tell which templates it holds, and in which shares."""
    calm = ~batch.is_strange
    seats = batch.is_real[calm].float()
    shares = seats.new_zeros(len(seats), len(targets)).scatter_add_(1, batch.target[calm], seats)
    shares = shares / shares.sum(1, keepdim=True)
    guess = functional.normalize(model.tally(window[calm]), dim=-1) @ targets.T
    log_guess = torch.log_softmax(guess.float() * _CLOZE_SHARPNESS, dim=-1)
    return (torch.xlogy(shares, shares) - shares * log_guess).sum(1).mean()


def _sphere_loss(window: Tensor, stream: Tensor, is_strange: Tensor) -> Tensor:
    """Normal windows of a stream near their centre, which is taken as given (Ruff et al. 2018, "Deep SVDD")."""
    alike = ((stream[:, None] == stream[None, :]) & ~is_strange[None, :]).float()
    centre = functional.normalize(alike @ window.detach(), dim=-1)
    return (1.0 - (window * centre).sum(-1))[~is_strange].mean()


def _stream_loss(window: Tensor, stream: Tensor, is_strange: Tensor) -> Tensor:
    """Each normal window must find the other normal windows of its stream among all windows of the batch."""
    itself = torch.eye(len(window), dtype=torch.bool, device=window.device)
    alike = (stream[:, None] == stream[None, :]) & ~is_strange[None, :] & ~itself
    scores = (window @ window.T * _WINDOW_SHARPNESS).masked_fill(itself, -1e9)
    log_share = torch.log_softmax(scores, dim=-1)
    anchors = ~is_strange & alike.any(1)
    mean = (log_share * alike).sum(1) / alike.sum(1).clamp(min=1)
    return -mean[anchors].mean() if bool(anchors.any()) else window.sum() * 0.0


def _balance(reading: Reading, is_real: Tensor) -> tuple[Tensor, Tensor]:
    if not reading.routing:
        return reading.head.new_zeros(()), reading.head.new_zeros(())
    counted = functional.pad(is_real, (1, 0), value=True).reshape(-1)
    losses = [balance_loss(routing, counted) for routing in reading.routing]
    return torch.stack([b for b, _ in losses]).mean(), torch.stack([z for _, z in losses]).mean()
