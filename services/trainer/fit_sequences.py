"""Fits a model to sequences by its loss alone: no label, and the same weights for the same seed.

In: a Lesson (what the model is to learn, batch by batch, and its loss on sequences held out). Out: the model with the
weights that did best on the held-out ones. The work is counted in steps, never in seconds, so that a slow machine
learns the same. A run that was killed goes on from its checkpoint and ends where it would have ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from services.trainer.checkpoints import chance_as_text, restore_chance
from services.trainer.course import Course
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


class _Progress:
    """What a checkpoint holds. ``taken`` batches of the pass that began with the chance ``began``."""

    def __init__(self, model: nn.Module) -> None:
        self.best = float("inf")
        self.best_weights = deepcopy(model.state_dict())
        self.fruitless = self.taken = 0
        self.began = ""

    def to_state(self, model: nn.Module, optimiser: torch.optim.Optimizer, done: int) -> dict[str, Any]:
        return {
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
            "best_weights": self.best_weights,
            "best": self.best,
            "fruitless": self.fruitless,
            "taken": self.taken,
            "began": self.began,
            "done": done,
        }

    def restore(self, state: dict[str, Any], model: nn.Module, optimiser: torch.optim.Optimizer, pace: Pace) -> None:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        self.best, self.best_weights, self.fruitless = state["best"], state["best_weights"], state["fruitless"]
        self.taken, self.began = state["taken"], state["began"]
        pace.go_on_from(state["done"])


def fit_sequences(
    lesson: Lesson[B], numbers: Numbers, pace: Pace, peak_rate: float, course: Course | None = None
) -> float:
    """Train ``lesson.model`` in place until ``pace`` is over or nothing is gained; the best held-out loss.

    ``pace`` counts steps. The model is on the processor and in evaluation mode afterwards.
    Raises CheckpointMismatch, and ValueError where there is no batch for each process.
    """
    course = course or Course()
    model = lesson.model.to(course.compute.device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=peak_rate, betas=(0.9, 0.98), weight_decay=0.01)
    progress = _Progress(model)
    kept = course.checkpoints.load(pace.name) if course.checkpoints else None
    if kept is not None:
        progress.restore(kept, model, optimiser, pace)
    else:
        lesson.refresh()
    every = max((pace.steps or _LOOKS) // _LOOKS, 1)
    while not pace.is_over and progress.fruitless < _PATIENCE:
        if progress.began:
            restore_chance(numbers, progress.began)
        progress.began = chance_as_text(numbers)
        for batch in islice(course.peers.own(lesson.batches(numbers)), progress.taken, None):
            model.train()
            _step(lesson, batch, optimiser, pace, peak_rate, course)
            progress.taken += 1
            is_look = pace.done % every == 0 or pace.is_over
            if is_look:
                _look(lesson, progress, pace, course)
            if course.checkpoints and (is_look or course.checkpoints.is_due()):
                course.checkpoints.save(pace.name, progress.to_state(model, optimiser, pace.done))
            if pace.is_over or progress.fruitless >= _PATIENCE:
                break
        else:
            if not progress.taken:
                raise ValueError("there are fewer batches than processes to share them")
            progress.taken, progress.began = 0, ""
    model.load_state_dict(progress.best_weights)
    model.cpu().eval()
    return progress.best


def _look(lesson: Lesson[B], progress: _Progress, pace: Pace, course: Course) -> None:
    lesson.model.eval()
    with torch.no_grad():
        loss = course.peers.agree(lesson.held_out_loss(), course.compute.device)
    lesson.refresh()
    course.watch(pace.name, pace.done, {"held_out": loss})
    progress.fruitless = 0 if loss < progress.best * (1 - _LEAST_GAIN) else progress.fruitless + 1
    if loss < progress.best:
        progress.best, progress.best_weights = loss, deepcopy(lesson.model.state_dict())


def _step(
    lesson: Lesson[B], batch: B, optimiser: torch.optim.Optimizer, pace: Pace, peak_rate: float, course: Course
) -> None:
    rate = pace.learning_rate(peak_rate, warm_steps=40)
    for group in optimiser.param_groups:
        group["lr"] = rate
    with course.compute.products():
        loss, parts = lesson.loss(batch)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    course.peers.average_gradients(lesson.model)
    torch.nn.utils.clip_grad_norm_(lesson.model.parameters(), 1.0)
    optimiser.step()
    pace.tick(parts)
    course.watch(pace.name, pace.done, {**parts, "learning_rate": rate})
