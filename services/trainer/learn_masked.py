"""Fits a masked encoder to the rows of normal windows; LogBERT-Distil and TinyLogBERT alike.

In: an untrained model, how a window is cut into rows, windows. Out: a MaskedReader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from services.trainer.effort import Effort
from services.trainer.fit_sequences import Numbers, fit_sequences
from services.trainer.key_book import UNSEEN, KeyBook
from services.trainer.masked_reader import CutRows, MaskedReader
from services.trainer.masked_rows import Row, by_length, hide_at_random, hide_in_turn
from services.trainer.models.masked_encoder import MaskedBatch, MaskedEncoder
from services.trainer.pace import Pace
from services.trainer.sequence_readers import Templates

_READ_AT_ONCE = 4096
_NUMBERS_LOOKED_AT = 8_000  # in held-out rows, and for the centre; more would spend the time on looking
_PEAK_RATE = 2e-3
_LEAST_DISTANCE = 1e-3  # per dimension; a sphere that has collapsed to its centre says nothing


class MaskedLesson:
    """Guess what is hidden. At each refreshment the centre moves to the mean summary of some training rows."""

    def __init__(self, model: MaskedEncoder, rows: Sequence[Row], held_out: Sequence[Row], per_step: int) -> None:
        self.model, self.rows, self.per_step = model, rows, per_step
        self._held_out, self._sample = _some(held_out), _some(rows)

    @torch.no_grad()
    def refresh(self) -> None:
        self.model.eval()
        total = torch.zeros(self.model.shape.dim)
        for positions in by_length(self._sample, _READ_AT_ONCE):
            batch = next(hide_in_turn([self._sample[at] for at in positions]))
            total += self.model(batch.shown, batch.is_real)[:, 0].sum(0)
        self.model.centre.copy_(total / len(self._sample))

    def batches(self, numbers: Numbers) -> Iterator[MaskedBatch]:
        for positions in by_length(self.rows, self.per_step, numbers):
            batch = hide_at_random([self.rows[at] for at in positions], numbers)
            if bool(batch.hidden.any()):
                yield batch

    def loss(self, batch: MaskedBatch) -> tuple[Tensor, dict[str, float]]:
        return self.model.loss(batch)

    def held_out_loss(self) -> float:
        """Nats per known number, each hidden once."""
        total, count = 0.0, 0
        for positions in by_length(self._held_out, _READ_AT_ONCE):
            for batch in hide_in_turn([self._held_out[at] for at in positions]):
                known = batch.hidden & (batch.keys != UNSEEN)
                states = self.model(batch.shown, batch.is_real)
                total += float(self.model.surprise(states[known], batch.keys[known]).sum())
                count += int(known.sum())
        return total / max(count, 1)


def fit_masked(
    model: MaskedEncoder,
    cut: CutRows,
    book: KeyBook,
    train: Sequence[Templates],
    held_out: Sequence[Templates],
    seed: int,
    effort: Effort,
) -> MaskedReader:
    """``held_out`` says when to stop, and what distance from the centre is usual."""
    rows, held_out_rows = ([row for window in part for row in cut(window)] for part in (train, held_out))
    lesson = MaskedLesson(model, rows, held_out_rows, effort.per_step)
    pace = Pace(type(model).__name__, seconds=0.0, steps=effort.steps, say=effort.say)
    fit_sequences(lesson, np.random.default_rng(seed), pace, _PEAK_RATE)
    lesson.refresh()
    distances = [distance for _, distance in MaskedReader(model, cut, book).measure(held_out)]
    return MaskedReader(model, cut, book, max(float(np.median(distances)), _LEAST_DISTANCE))


def _some(rows: Sequence[Row]) -> list[Row]:
    """Rows evenly over time, of about _NUMBERS_LOOKED_AT numbers."""
    every = max(sum(len(row.keys) for row in rows) // _NUMBERS_LOOKED_AT, 1)
    return list(rows[::every])
