"""Fits DeepLog to windows of templates, and reads windows with it.

Strangeness is the mean of the three largest -log p of a window's events. The paper asks instead whether an event is
among the g likeliest: a yes or no that has no threshold to calibrate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from services.trainer.effort import Effort
from services.trainer.fit_sequences import Numbers, fit_sequences
from services.trainer.key_book import START, UNSEEN, IntArray, KeyBook, choose
from services.trainer.models.deeplog import DeepLog, DeepLogShape
from services.trainer.pace import Pace
from services.trainer.sequence_readers import (
    FloatArray,
    Impression,
    Templates,
    hold_out,
    read_once,
    strangeness_of,
)

EFFORT = Effort(steps=2000, most_events=300_000, most_held_out_events=20_000, per_step=512)
_READ_AT_ONCE = 4096
_PEAK_RATE = 4e-3
_BLURRED_SHARE = 0.03  # of the history turns UNSEEN in training, so that one new key does not upset those after it


def histories_of(numbers: IntArray, history: int) -> IntArray:
    """(L,) numbers of a window -> (L, history): what stood before each, START where there was nothing."""
    padded = np.concatenate([np.full(history, START, dtype=np.int64), numbers[:-1]])
    views: IntArray = np.lib.stride_tricks.sliding_window_view(padded, history)
    return views


class NextKeyLesson:
    """A batch is rows (B, history + 1): histories, and the key that followed."""

    def __init__(self, model: DeepLog, train: Sequence[IntArray], held_out: Sequence[IntArray], at_once: int) -> None:
        self.model, self.at_once = model, at_once
        self.examples = _examples(train, model.shape.history)
        self.held_out = _examples(held_out, model.shape.history)

    def refresh(self) -> None:
        """Nothing but the weights moves."""

    def batches(self, numbers: Numbers) -> Iterator[Tensor]:
        order = numbers.permutation(len(self.examples))
        for start in range(0, len(order), self.at_once):
            rows = self.examples[order[start : start + self.at_once]]
            blurred = (numbers.random(rows.shape) < _BLURRED_SHARE) & (rows != START)
            blurred[:, -1] = False
            yield torch.from_numpy(np.where(blurred, UNSEEN, rows))

    def loss(self, batch: Tensor) -> tuple[Tensor, dict[str, float]]:
        loss = self.model.surprise(batch[:, :-1], batch[:, -1]).mean()
        return loss, {"next": float(loss.detach())}

    def held_out_loss(self) -> float:
        return float(_surprise(self.model, self.held_out).mean()) if len(self.held_out) else 0.0


def _examples(windows: Sequence[IntArray], history: int) -> IntArray:
    """(N, history + 1), those left out whose last key was never met: there is no such class."""
    rows = [np.column_stack([histories_of(window, history), window]) for window in windows]
    joined: IntArray = np.concatenate(rows)
    known: IntArray = joined[joined[:, -1] != UNSEEN]
    return known


@dataclass(frozen=True, slots=True)
class DeepLogReader:
    """A fitted DeepLog."""

    model: DeepLog
    book: KeyBook

    def read(self, windows: Sequence[Templates]) -> list[Impression]:
        return read_once(windows, self._read_distinct)

    def _read_distinct(self, windows: list[Templates]) -> list[Impression]:
        numbers = [self.book.encode(window) for window in windows]
        history = self.model.shape.history
        rows = np.concatenate([np.column_stack([histories_of(each, history), each]) for each in numbers])
        distinct, place = np.unique(rows, axis=0, return_inverse=True)
        known = _surprise(self.model, distinct)
        surprise = np.where(distinct[:, -1] == UNSEEN, self.book.unseen_surprise, known)[place.reshape(-1)]
        ends = np.cumsum([len(window) for window in windows])[:-1]
        return [Impression(strangeness_of(each), each) for each in np.split(surprise, ends)]


@torch.no_grad()
def _surprise(model: DeepLog, rows: IntArray) -> FloatArray:
    """(N, history + 1) -> (N,) nats of each row's last key."""
    batches = torch.split(torch.from_numpy(rows), _READ_AT_ONCE)
    return torch.cat([model.surprise(b[:, :-1], b[:, -1]) for b in batches]).double().numpy()


def fit_deeplog(windows: Sequence[Templates], seed: int, effort: Effort = EFFORT) -> DeepLogReader:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    book = KeyBook.of(train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = DeepLog(DeepLogShape(len(book)))
    lesson = NextKeyLesson(
        model, [book.encode(w) for w in train], [book.encode(w) for w in held_out], effort.per_step
    )
    pace = Pace("deeplog", seconds=0.0, steps=effort.steps, say=effort.say)
    fit_sequences(lesson, np.random.default_rng(seed), pace, _PEAK_RATE)
    return DeepLogReader(model, book)
