"""Fits DeepLog to windows of templates, and reads windows with it.

Strangeness is the largest -log p of a window's events: as in the paper, one abnormal event makes a window abnormal.
There an event is abnormal when it is not among the g likeliest, a yes or no that leaves no threshold to calibrate.
The end of a window is an event to be predicted, too: what stops half-way shows no wrong event, but ends too early.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from services.trainer.effort import Effort
from services.trainer.fit_sequences import Numbers, fit_sequences
from services.trainer.key_book import END, START, UNSEEN, IntArray, KeyBook, choose
from services.trainer.models.deeplog import DeepLog, DeepLogShape
from services.trainer.pace import Pace
from services.trainer.sequence_readers import (
    FloatArray,
    Impression,
    Templates,
    hold_out,
    read_once,
)

EFFORT = Effort(steps=2000, most_events=300_000, most_held_out_events=20_000, per_step=512)
_READ_AT_ONCE = 4096
_PEAK_RATE = 4e-3
_BLURRED_SHARE = 0.03  # of the history turns UNSEEN in training, so that one new key does not upset those after it


def examples_of(numbers: IntArray, history: int) -> IntArray:
    """(L,) numbers of a window -> (L + 1, history + 1): a history and what came then, at last END."""
    closed = np.append(numbers, END)
    return np.column_stack([histories_of(closed, history), closed])


def histories_of(numbers: IntArray, history: int) -> IntArray:
    """(L,) numbers -> (L, history): what stood before each, START where there was nothing."""
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
    joined: IntArray = np.concatenate([examples_of(window, history) for window in windows])
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
        rows = np.concatenate([examples_of(self.book.encode(w), self.model.shape.history) for w in windows])
        distinct, place = np.unique(rows, axis=0, return_inverse=True)
        known = _surprise(self.model, distinct)
        surprise = self.book.smoothed(known, distinct[:, -1])[place.reshape(-1)]
        ends = np.cumsum([len(window) + 1 for window in windows])[:-1]
        return [_impression(each) for each in np.split(surprise, ends)]


def _impression(surprise: FloatArray) -> Impression:
    """surprise (L + 1,), of which the end's counts for the last event."""
    events = surprise[:-1].copy()
    events[-1] = max(events[-1], surprise[-1])
    return Impression(float(events.max()), events)


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
