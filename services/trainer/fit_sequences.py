"""Fits a model to sequences by its loss alone: no label, and the same weights for the same seed.

In: a Lesson (what the model is to learn, batch by batch, and its loss on sequences held out). Out: the model with the
weights that did best on the held-out ones. The work is counted in steps, never in seconds, so that a slow machine
learns the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from services.trainer.pace import Pace

Numbers = np.random.Generator
B = TypeVar("B")
_PATIENCE = 4  # looks at the held-out loss without a gain
_LOOKS = 16  # in one run
_LEAST_GAIN = 1e-3  # relative; less is no gain


class Lesson(Protocol[B]):
    """``batches`` goes through the training sequences once; ``refresh`` runs first and after each look."""

    @property
    def model(self) -> nn.Module: ...

    def refresh(self) -> None: ...

    def batches(self, numbers: Numbers) -> Iterator[B]: ...

    def loss(self, batch: B) -> tuple[Tensor, dict[str, float]]: ...

    def held_out_loss(self) -> float: ...


def fit_sequences(lesson: Lesson[B], numbers: Numbers, pace: Pace, peak_rate: float) -> float:
    """Train ``lesson.model`` in place until ``pace`` is over or nothing is gained; the best held-out loss.

    ``pace`` counts steps. The model is in evaluation mode afterwards.
    """
    model = lesson.model
    optimiser = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.98), weight_decay=0.01)
    best, best_weights, fruitless = float("inf"), deepcopy(model.state_dict()), 0
    every = max((pace.steps or _LOOKS) // _LOOKS, 1)
    lesson.refresh()
    while not pace.is_over and fruitless < _PATIENCE:
        for batch in lesson.batches(numbers):
            model.train()
            _step(lesson, batch, optimiser, pace, peak_rate)
            if pace.done % every == 0 or pace.is_over:
                loss = _look(lesson)
                fruitless = 0 if loss < best * (1 - _LEAST_GAIN) else fruitless + 1
                if loss < best:
                    best, best_weights = loss, deepcopy(model.state_dict())
            if pace.is_over or fruitless >= _PATIENCE:
                break
    model.load_state_dict(best_weights)
    model.eval()
    return best


def _look(lesson: Lesson[B]) -> float:
    lesson.model.eval()
    with torch.no_grad():
        loss = lesson.held_out_loss()
    lesson.refresh()
    return loss


def _step(lesson: Lesson[B], batch: B, optimiser: torch.optim.Optimizer, pace: Pace, peak_rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = pace.learning_rate(peak_rate, warm_steps=40)
    loss, parts = lesson.loss(batch)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(lesson.model.parameters(), 1.0)
    optimiser.step()
    pace.tick(parts)
