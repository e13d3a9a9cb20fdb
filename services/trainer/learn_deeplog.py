"""Fits DeepLog to windows of templates: what comes next, from the few events before it.

A fitted model reads windows as shared.core.sequences.next_key says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from services.trainer.effort import Effort
from services.trainer.fit_sequences import Numbers, fit_sequences
from services.trainer.models.deeplog import DeepLog, DeepLogShape
from services.trainer.models.graphs import next_key_run
from services.trainer.pace import Pace
from shared.core.sequences.impressions import Templates, hold_out
from shared.core.sequences.key_book import START, UNSEEN, IntArray, KeyBook, choose
from shared.core.sequences.next_key import NextKeyReader, examples_of

EFFORT = Effort(steps=2000, most_events=300_000, most_held_out_events=20_000, per_step=512)
PEAK_RATE = 4e-3
_READ_AT_ONCE = 4096
_BLURRED_SHARE = 0.03  # of the history turns UNSEEN in training, so that one new key does not upset those after it


class NextKeyLesson:
    """A batch is rows (B, history + 1): histories, and the key that followed."""

    def __init__(self, model: DeepLog, train: Sequence[IntArray], held_out: Sequence[IntArray], at_once: int) -> None:
        self.model, self.at_once = model, at_once
        self.examples = _examples(train, model.shape.history)
        self.held_out = _examples(held_out, model.shape.history)

    def refresh(self) -> None:
        """Nothing but the weights moves."""

    @property
    def batch_count(self) -> int:
        return -(-len(self.examples) // self.at_once)

    def batches(self, numbers: Numbers) -> Iterator[Tensor]:
        order = numbers.permutation(len(self.examples))
        for start in range(0, len(order), self.at_once):
            rows = self.examples[order[start : start + self.at_once]]
            blurred = (numbers.random(rows.shape) < _BLURRED_SHARE) & (rows != START)
            blurred[:, -1] = False
            yield torch.from_numpy(np.where(blurred, UNSEEN, rows))

    def loss(self, batch: Tensor) -> tuple[Tensor, dict[str, float]]:
        loss = self._surprise(batch).mean()
        return loss, {"next": float(loss.detach())}

    def held_out_loss(self) -> float:
        if not len(self.held_out):
            return 0.0
        parts = torch.split(torch.from_numpy(self.held_out), _READ_AT_ONCE)
        return float(torch.cat([self._surprise(part) for part in parts]).double().mean())

    def _surprise(self, batch: Tensor) -> Tensor:
        batch = batch.to(self.model.next_key.weight.device)
        return self.model.surprise(batch[:, :-1], batch[:, -1])


def _examples(windows: Sequence[IntArray], history: int) -> IntArray:
    """(N, history + 1), those left out whose last key was never met: there is no such class."""
    joined: IntArray = np.concatenate([examples_of(window, history) for window in windows])
    known: IntArray = joined[joined[:, -1] != UNSEEN]
    return known


def fit_deeplog(windows: Sequence[Templates], seed: int, effort: Effort = EFFORT) -> NextKeyReader:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    book = KeyBook.of(train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = DeepLog(DeepLogShape(len(book)))
    at_once = effort.numbers_per_step(sum(map(len, train)) + len(train), len(train))
    lesson = NextKeyLesson(model, [book.encode(w) for w in train], [book.encode(w) for w in held_out], at_once)
    pace = Pace("deeplog", seconds=0.0, steps=effort.steps_of(lesson.batch_count), say=effort.say)
    fit_sequences(lesson, np.random.default_rng(seed), pace, effort.peak_rate or PEAK_RATE, effort.course)
    return NextKeyReader(next_key_run(model), book, model.shape.history)
