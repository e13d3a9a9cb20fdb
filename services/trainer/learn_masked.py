"""Fits a masked encoder to the rows of normal windows; LogBERT-Distil, TinyLogBERT and the graph model alike.

In: an untrained model, how a window is cut into rows, windows. Out: a MaskedReader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from services.trainer.effort import Effort
from services.trainer.fit_sequences import Numbers, fit_sequences
from services.trainer.models.masked_encoder import MaskedBatch, MaskedShape
from services.trainer.pace import Pace
from services.trainer.torch_run import TorchRun
from shared.core.sequences.impressions import W
from shared.core.sequences.key_book import UNSEEN, IntArray, KeyBook
from shared.core.sequences.linked_rows import subjects_beside
from shared.core.sequences.masked_reader import MaskedReader, nothing_more
from shared.core.sequences.masked_rows import HiddenRows, Row, by_length, hide_at_random, hide_in_turn

PEAK_RATE = 2e-3
_READ_AT_ONCE = 4096
_NUMBERS_LOOKED_AT = 8_000  # in held-out rows, and for the centre; more would spend the time on looking
_LEAST_DISTANCE = 1e-3  # per dimension; a sphere that has collapsed to its centre says nothing


class MaskedModel(Protocol):
    """What a lesson asks of a model, an nn.Module."""

    shape: MaskedShape
    centre: Tensor

    def states_of(self, batch: MaskedBatch) -> Tensor:
        """(B, L, dim), the summary first."""
        ...

    def logits(self, states: Tensor) -> Tensor: ...

    def loss(self, batch: MaskedBatch) -> tuple[Tensor, dict[str, float]]: ...


class MaskedLesson:
    """Guess what is hidden. At each refreshment the centre moves to the mean summary of some training rows."""

    def __init__(self, model: MaskedModel, rows: Sequence[Row], held_out: Sequence[Row], per_step: int) -> None:
        assert isinstance(model, nn.Module)
        self.model: nn.Module = model
        self.masked: MaskedModel = model
        self.rows, self.per_step = rows, per_step
        self._held_out, self._sample = _some(held_out), _some(rows)

    @torch.no_grad()
    def refresh(self) -> None:
        self.model.eval()
        total = torch.zeros_like(self.masked.centre)
        for positions in by_length(self._sample, _READ_AT_ONCE):
            rows = [self._sample[at] for at in positions]
            total += self.masked.states_of(self._tensors(next(hide_in_turn(rows)), rows))[:, 0].sum(0)
        self.masked.centre.copy_(total / len(self._sample))

    @property
    def batch_count(self) -> int:
        return sum(1 for _ in by_length(self.rows, self.per_step))

    def batches(self, numbers: Numbers) -> Iterator[MaskedBatch]:
        for positions in by_length(self.rows, self.per_step, numbers):
            rows = [self.rows[at] for at in positions]
            batch = hide_at_random(rows, numbers)
            if bool(batch.hidden.any()):
                yield self._tensors(batch, rows)

    def loss(self, batch: MaskedBatch) -> tuple[Tensor, dict[str, float]]:
        return self.masked.loss(batch)

    def held_out_loss(self) -> float:
        """Nats per known number, each hidden once."""
        total, count = 0.0, 0
        for positions in by_length(self._held_out, _READ_AT_ONCE):
            rows = [self._held_out[at] for at in positions]
            for hidden in hide_in_turn(rows):
                batch = self._tensors(hidden, rows)
                known = batch.hidden & (batch.keys != UNSEEN)
                states = self.masked.states_of(batch)
                log_share = torch.log_softmax(self.masked.logits(states[known]), dim=-1)
                total -= float(log_share.gather(1, batch.keys[known][:, None]).sum())
                count += int(known.sum())
        return total / max(count, 1)

    def _tensors(self, batch: HiddenRows, rows: Sequence[Row]) -> MaskedBatch:
        """The batch where the model is."""
        device = self.masked.centre.device
        parts = (batch.keys, batch.shown, batch.hidden, batch.is_real, batch.ordinary)
        keys, shown, hidden, is_real, ordinary = (torch.from_numpy(part).to(device) for part in parts)
        subjects = _subjects(batch, rows)
        about = None if subjects is None else torch.from_numpy(subjects).to(device)
        return MaskedBatch(keys, shown, hidden, is_real, ordinary, about)


def fit_masked(
    model: MaskedModel,
    run_of: Callable[[], TorchRun],
    cut: Callable[[W], list[Row]],
    book: KeyBook,
    train: Sequence[W],
    held_out: Sequence[W],
    seed: int,
    effort: Effort,
) -> MaskedReader[W]:
    """``held_out`` says when to stop, and what distance from the centre is usual."""
    rows, held_out_rows = ([row for window in part for row in cut(window)] for part in (train, held_out))
    per_step = effort.numbers_per_step(sum(len(row.keys) for row in rows), len(train))
    lesson = MaskedLesson(model, rows, held_out_rows, per_step)
    steps = effort.steps_of(lesson.batch_count)
    pace = Pace(type(model).__name__, seconds=0.0, steps=steps, say=effort.say)
    fit_sequences(lesson, np.random.default_rng(seed), pace, effort.peak_rate or PEAK_RATE, effort.course)
    lesson.refresh()
    centre = model.centre.double().numpy()
    beside = nothing_more if rows[0].subjects is None else subjects_beside
    reader = MaskedReader(run_of(), cut, book, centre, beside=beside)
    distances = [distance for _, distance, _ in reader.measure(held_out)]
    return replace(reader, usual_distance=max(float(np.median(distances)), _LEAST_DISTANCE))


def _subjects(batch: HiddenRows, rows: Sequence[Row]) -> IntArray | None:
    return None if rows[0].subjects is None else subjects_beside(rows, batch.keys.shape[1])["subjects"]


def _some(rows: Sequence[Row]) -> list[Row]:
    """Rows evenly over time, of about _NUMBERS_LOOKED_AT numbers."""
    every = max(sum(len(row.keys) for row in rows) // _NUMBERS_LOOKED_AT, 1)
    return list(rows[::every])
