"""Fits the end-to-end classifier: every class weighs the same, and stops by sequences held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from services.trainer.effort import Effort
from services.trainer.fit_sequences import Numbers, fit_sequences
from services.trainer.models.sequence_classifier import ClassifierShape, SequenceClassifier
from services.trainer.pace import Pace
from services.trainer.torch_run import TorchRun
from shared.artefacts.sequence_classifier import OUTPUTS
from shared.core.sequences.class_rows import INPUTS, SIDE, WORD_BUCKETS, WORDS, ClassRows, Segments
from shared.core.sequences.key_book import SPECIAL, UNSEEN, IntArray, KeyBook
from shared.core.sequences.parsed_lines import Parsed

PEAK_RATE = 5e-3
EFFORT = Effort(steps=300, most_events=400_000, most_held_out_events=100_000, per_step=32)
_BLURRED_SHARE = 0.15  # of the templates turn UNSEEN in training, so that words count
_SMOOTHING = 0.05
_MOST_WATCHED = 200  # segments whose loss says when to stop


@dataclass(frozen=True, slots=True)
class Fit:
    """best_step: when the held-out loss was least"""

    run: TorchRun
    rows: ClassRows
    best_step: int


class ClassLesson:
    """A batch is numbers of segments. ``watched``: the segments whose loss says when to stop."""

    def __init__(
        self,
        model: SequenceClassifier,
        train: tuple[Segments, IntArray],
        watched: tuple[Segments, IntArray],
        at_once: int,
    ) -> None:
        self.model, self.at_once = model, at_once
        self.segments, self.labels = train
        self.watched, self.watched_labels = watched
        counts = np.bincount(self.labels, minlength=model.shape.classes)
        weights = len(self.labels) / (max((counts > 0).sum(), 1) * np.maximum(counts, 1))
        self.weights = torch.from_numpy(weights.astype(np.float32))
        self._numbers = np.random.default_rng(0)

    def refresh(self) -> None:
        """Nothing but the weights moves."""

    def batches(self, numbers: Numbers) -> Iterator[dict[str, Any]]:
        order = numbers.permutation(len(self.labels))
        for start in range(0, len(order), self.at_once):
            chosen = order[start : start + self.at_once].tolist()
            batch = self.segments.batch(chosen)
            blurred = (numbers.random(batch["keys"].shape) < _BLURRED_SHARE) & batch["is_real"]
            batch["keys"] = np.where(blurred, UNSEEN, batch["keys"])
            yield {"inputs": batch, "labels": self.labels[chosen]}

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        loss = self._loss(batch["inputs"], batch["labels"], _SMOOTHING)
        return loss, {"class": float(loss.detach())}

    def held_out_loss(self) -> float:
        chosen = np.unique(np.linspace(0, len(self.watched_labels) - 1, _MOST_WATCHED).astype(int)).tolist()
        parts = [chosen[at : at + 64] for at in range(0, len(chosen), 64)]
        losses = [float(self._loss(self.watched.batch(p), self.watched_labels[p], 0.0)) * len(p) for p in parts]
        return sum(losses) / len(chosen)

    def _loss(self, inputs: Mapping[str, Any], labels: IntArray, smoothing: float) -> Tensor:
        device = self.weights.device
        given = (torch.from_numpy(inputs[name]).to(device) for name in INPUTS)
        logits, _ = self.model(*given)
        wanted = torch.from_numpy(labels)
        return torch.nn.functional.cross_entropy(logits, wanted, self.weights, label_smoothing=smoothing)


def fit_classes(
    train: Sequence[Parsed],
    labels: IntArray,
    held_out: tuple[Sequence[Parsed], IntArray] | None,
    classes: int,
    seed: int,
    effort: Effort = EFFORT,
) -> Fit:
    """labels (n,) in 0..classes-1. Without held-out sequences the loss on the training ones says when to stop."""
    book = KeyBook.of([each.templates for each in train])
    rows = ClassRows(book)
    own = _with_labels(rows, train, labels)
    watched = _with_labels(rows, *held_out) if held_out is not None and len(held_out[0]) else own
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = SequenceClassifier(ClassifierShape(len(book), classes))
        lesson = ClassLesson(model, own, watched, effort.per_step)
        looks: list[tuple[float, int]] = []

        def watch(stage: str, step: int, figures: Mapping[str, float]) -> None:
            effort.course.watch(stage, step, figures)
            if "held_out" in figures:
                looks.append((figures["held_out"], step))

        steps = effort.steps_of(-(-len(own[1]) // effort.per_step))
        pace = Pace("classes", seconds=0.0, steps=steps, say=effort.say)
        course = replace(effort.course, watch=watch, checkpoints=None)
        fit_sequences(lesson, np.random.default_rng(seed), pace, effort.peak_rate or PEAK_RATE, course)
    best = min(looks)[1] if looks else steps
    return Fit(_as_run(model), rows, best)


def _with_labels(rows: ClassRows, sequences: Sequence[Parsed], labels: IntArray) -> tuple[Segments, IntArray]:
    segments = rows.segments(sequences)
    return segments, labels[segments.owner]


def _as_run(model: SequenceClassifier) -> TorchRun:
    batch, length = 3, 7
    keys = torch.randint(SPECIAL, max(model.shape.keys, SPECIAL + 1), (batch, length)).clamp(max=model.shape.keys - 1)
    words = torch.randint(1, WORD_BUCKETS, (batch, length, WORDS))
    example = (keys, words, torch.rand(batch, length, SIDE), torch.ones(batch, length, dtype=torch.bool))
    free = {0: "rows", 1: "length"}
    return TorchRun(model, INPUTS, OUTPUTS, example, (free, free, free, free))
