"""Trains the language model: a plain loop, a checkpoint now and then, and a report in between.

Muon moves the matrices between the layers, AdamW the embeddings and norms: after one minute of a core the losses were
where AdamW alone had not come in the same time (docs/experiments.md).

The loss is the sum of three cross-entropies over the whole vocabulary, each a mean over its own places: what the
lines are, which line carries the evidence, what the window is. No other token is a target.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import Optimizer

from services.trainer.compute import Compute, to_device
from services.trainer.language_model.examples import CATEGORY, MARGIN, NO_TARGET, POINTER, Batch
from services.trainer.pace import Pace

PARTS = {"lines": MARGIN, "evidence": POINTER, "category": CATEGORY}
_CLIP = 1.0
_SMOOTHING = 0.02


@dataclass(frozen=True, slots=True)
class FitOptions:
    """checkpoint  a file that training can go on from; None: none is written"""

    peak_rate: float = 2e-3
    weight_decay: float = 0.1
    checkpoint: Path | None = None
    checkpoint_every: int = 500


def fit(model: Any, batches: Iterator[Batch], pace: Pace, compute: Compute, options: FitOptions) -> None:
    """Train in place until the pace is over or the batches are."""
    model.to(compute.device).train()
    optimizers = _optimizers(model, options)
    if options.checkpoint and options.checkpoint.is_file():
        resume(model, optimizers, pace, options.checkpoint)
        for _, _ in zip(range(pace.done), batches, strict=False):
            pass  # what has been seen is passed over, so that the run sees what it would have seen
    for batch in batches:
        if pace.is_over:
            break
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = pace.learning_rate(options.peak_rate)
        parts = losses(model, to_device(batch, compute.device), compute)
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
        for optimizer in optimizers:
            optimizer.step()
        model.zero_grad(set_to_none=True)
        pace.tick({name: float(value.detach()) for name, value in parts.items()})
        if options.checkpoint and pace.done % options.checkpoint_every == 0:
            save(model, optimizers, pace, options.checkpoint)
    pace.report()
    model.to("cpu").eval()


def losses(model: Any, batch: Batch, compute: Compute) -> dict[str, Tensor]:
    """The three losses, nats. Padding stands on the right, where a causal model cannot see it: no mask is needed."""
    with compute.products():
        hidden = model.model(batch.ids, use_cache=False).last_hidden_state  # (B, T, d)
        is_target = batch.targets != NO_TARGET
        logits = model.lm_head(hidden[is_target]).float()  # (N, V): the head runs where something is asked
    wanted, kinds = batch.targets[is_target], batch.kinds[is_target]
    each = functional.cross_entropy(logits, wanted, reduction="none", label_smoothing=_SMOOTHING)
    return {name: each[kinds == kind].mean() for name, kind in PARTS.items()}


def save(model: Any, optimizers: Sequence[Optimizer], pace: Pace, path: Path) -> None:
    """Weights, optimisers and count of steps, replaced in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    states = [optimizer.state_dict() for optimizer in optimizers]
    torch.save({"model": model.state_dict(), "optimizers": states, "steps": pace.done}, fresh)
    fresh.replace(path)


def resume(model: Any, optimizers: Sequence[Optimizer], pace: Pace, path: Path) -> None:
    """Go on from a checkpoint."""
    found = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(found["model"])
    for optimizer, state in zip(optimizers, found["optimizers"], strict=True):
        optimizer.load_state_dict(state)
    pace.done = int(found["steps"])


def _optimizers(model: Any, options: FitOptions) -> list[Optimizer]:
    embeddings = {id(model.get_input_embeddings().weight)}
    matrices = [p for p in model.parameters() if p.ndim == 2 and id(p) not in embeddings]
    others = [p for p in model.parameters() if p.ndim != 2 or id(p) in embeddings]
    muon = torch.optim.Muon(
        matrices, lr=options.peak_rate, weight_decay=options.weight_decay, adjust_lr_fn="match_rms_adamw"
    )
    return [muon, torch.optim.AdamW(others, lr=options.peak_rate, betas=(0.9, 0.95), weight_decay=0.0)]
