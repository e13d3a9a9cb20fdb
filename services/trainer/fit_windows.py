"""Trains the sequence model on corrupted and normal windows, over line vectors that no longer change.

In: streams, the vector of every template. Out: the model with the weights that did best on held-out systems, and
that result. Stops early when held-out systems gain nothing for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import repeat

import numpy as np
import torch
from torch import Tensor

from services.trainer.checkpoints import chance_as_text, restore_chance
from services.trainer.compute import to_device
from services.trainer.course import Course
from services.trainer.datasets.streams import Draft, Stream
from services.trainer.datasets.windows import Batch, draw_batch
from services.trainer.evaluate import area_under_curve
from services.trainer.models.sequence_model import SequenceModel
from services.trainer.objectives import WEIGHTS, WindowBatch, sequence_loss
from services.trainer.pace import Pace

PEAK_RATE = 6e-4
_STAGE = "sequence_model"
HELD_OUT_BATCHES = 12
CHECKS = 10  # how often held-out systems are looked at
_PATIENCE = 8
Numbers = np.random.Generator


@dataclass(frozen=True, slots=True)
class HeldOut:
    """On windows of systems never trained on: mean loss, and how well corrupted windows and events are told apart."""

    loss: float
    window_auc: float
    event_auc: float

    @property
    def ranking(self) -> float:
        """What decides which weights are kept. Not the loss: it rises with confidence while the ranking, which is all
        that a stream's own baseline uses, still gains."""
        return self.window_auc + self.event_auc


def check(model: SequenceModel, batches: Sequence[WindowBatch]) -> HeldOut:
    """The model on fixed batches."""
    model.eval()
    losses, heads, strange, events, wrong = [], [], [], [], []
    with torch.no_grad():
        for batch in batches:
            _, parts = sequence_loss(model, batch)
            losses.append(parts["head"] + 2.0 * parts["wrong"])
            reading = model.read(batch.vectors, batch.side, batch.is_real)
            heads.append(reading.head.cpu().numpy())
            strange.append(batch.is_strange.cpu().numpy())
            events.append(reading.event[batch.is_real].cpu().numpy())
            wrong.append(batch.wrong[batch.is_real].cpu().numpy())
    return HeldOut(
        float(np.mean(losses)),
        area_under_curve(np.concatenate(heads), np.concatenate(strange)),
        area_under_curve(np.concatenate(events), np.concatenate(wrong)),
    )


Check = Callable[[SequenceModel, Sequence[WindowBatch]], HeldOut]


def fit_windows(
    model: SequenceModel,
    vectors: Tensor,
    training: Sequence[Stream],
    held_out: Sequence[Stream],
    failures: Draft,
    held_out_failures: Draft,
    numbers: Numbers,
    pace: Pace,
    course: Course,
    check: Check = check,
    weights: Mapping[str, float] = WEIGHTS,
    checks: int = CHECKS,
    peak_rate: float = PEAK_RATE,
) -> HeldOut:
    """Train in place until ``pace`` is over or nothing is gained; the best held-out result.

    Raises CheckpointMismatch.
    """
    compute = course.compute
    fixed = np.random.default_rng(7)
    batches = [as_tensors(draw_batch(fixed, held_out, held_out_failures), vectors) for _ in range(HELD_OUT_BATCHES)]
    model.to(compute.device)
    batches = [to_device(batch, compute.device) for batch in batches]
    optimiser = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.98), weight_decay=0.02, fused=True)
    best, best_weights, worse, checked = HeldOut(float("inf"), 0.0, 0.0), model.state_dict(), 0, 0
    if kept := course.checkpoints.load(_STAGE) if course.checkpoints else None:
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        best, best_weights, worse, checked = (
            HeldOut(*kept["best"]),
            kept["best_weights"],
            kept["worse"],
            kept["checked"],
        )
        restore_chance(numbers, kept["chance"])
        pace.go_on_from(kept["done"])
    drawn = course.peers.own(draw_batch(numbers, training, failures) for _ in repeat(None))
    while not pace.is_over and worse < _PATIENCE:
        model.train()
        for group in optimiser.param_groups:
            group["lr"] = pace.learning_rate(peak_rate)
        batch = to_device(as_tensors(next(drawn), vectors), compute.device)
        with compute.products():
            loss, parts = sequence_loss(model, batch, weights)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        course.peers.average_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        pace.tick(parts)
        course.watch(_STAGE, pace.done, parts)
        is_check = int(pace.share * checks) > checked
        if is_check:
            checked = int(pace.share * checks)
            found = astuple(check(model, batches))  # processors that differ may differ in the last digit
            result = HeldOut(*(course.peers.agree(value, compute.device) for value in found))
            worse = 0 if result.ranking > best.ranking else worse + 1
            if not worse:
                best, best_weights = result, {k: v.clone() for k, v in model.state_dict().items()}
            pace.report()
            course.watch(_STAGE, pace.done, {"window_auc": result.window_auc, "event_auc": result.event_auc})
            pace.say(
                f"  held out {result.loss:.4f}  AUC windows {result.window_auc:.4f}  events {result.event_auc:.4f}"
            )
        if course.checkpoints and (is_check or pace.is_over or course.checkpoints.is_due()):
            course.checkpoints.save(
                _STAGE,
                {
                    "model": model.state_dict(), "optimiser": optimiser.state_dict(), "best_weights": best_weights,
                    "best": astuple(best), "worse": worse, "checked": checked, "done": pace.done,
                    "chance": chance_as_text(numbers),
                },
            )  # fmt: skip
    model.load_state_dict(best_weights)
    model.cpu()
    return best


def as_tensors(batch: Batch, vectors: Tensor) -> WindowBatch:
    """The batch with its line vectors looked up, and its distinct templates numbered from 0."""
    kinds, target = np.unique(batch.kind, return_inverse=True)
    is_real = torch.from_numpy(batch.is_real)
    return WindowBatch(
        vectors[torch.from_numpy(batch.kind)] * is_real[..., None],
        torch.from_numpy(batch.side),
        is_real,
        torch.from_numpy(batch.wrong),
        torch.from_numpy(batch.is_strange),
        torch.from_numpy(batch.stream),
        vectors[torch.from_numpy(kinds)],
        torch.from_numpy(target.reshape(batch.kind.shape)),
    )
