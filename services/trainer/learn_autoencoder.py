"""Fits an autoencoder to the template counts of windows; it reads as shared.core.sequences.window_vectors says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from services.trainer.effort import Effort
from services.trainer.fit_sequences import Numbers, fit_sequences
from services.trainer.models.count_autoencoder import CountAutoencoder
from services.trainer.models.graphs import vector_run
from services.trainer.pace import Pace
from shared.core.sequences.impressions import Templates, hold_out
from shared.core.sequences.key_book import IntArray, KeyBook, choose
from shared.core.sequences.window_vectors import VectorReader, counted, scaled

EFFORT = Effort(steps=1500, most_events=300_000, most_held_out_events=20_000, per_step=64)
PEAK_RATE = 3e-3
_DROPPED_SHARE = 0.2  # of the counts shown in training


class CountLesson:
    """A batch is counts (B, keys)."""

    def __init__(
        self, model: CountAutoencoder, train: Sequence[IntArray], held_out: Sequence[IntArray], at_once: int
    ) -> None:
        self.model, self.at_once = model, at_once
        self.train, self.held_out = train, held_out

    def refresh(self) -> None:
        """Nothing but the weights moves."""

    @property
    def batch_count(self) -> int:
        return -(-len(self.train) // self.at_once)

    def batches(self, numbers: Numbers) -> Iterator[tuple[Tensor, Tensor]]:
        order = numbers.permutation(len(self.train)).tolist()
        for start in range(0, len(order), self.at_once):
            counts = counted([self.train[at] for at in order[start : start + self.at_once]], self.model.keys)
            kept = numbers.random(counts.shape) >= _DROPPED_SHARE
            yield torch.from_numpy(scaled(counts * kept)), torch.from_numpy(counts)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, dict[str, float]]:
        shown, counts = (part.to(next(self.model.parameters()).device) for part in batch)
        log_share, _ = self.model(shown)
        loss = -(counts * log_share).sum() / counts.sum()
        return loss, {"counts": float(loss.detach())}

    def held_out_loss(self) -> float:
        """Nats per event."""
        total, events = 0.0, 0
        for start in range(0, len(self.held_out), self.at_once):
            part = self.held_out[start : start + self.at_once]
            counts = counted(part, self.model.keys)
            batch = (torch.from_numpy(scaled(counts)), torch.from_numpy(counts))
            size = sum(map(len, part))
            total += float(self.loss(batch)[0]) * size
            events += size
        return total / max(events, 1)


def fit_autoencoder(windows: Sequence[Templates], seed: int, effort: Effort = EFFORT) -> VectorReader:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    book = KeyBook.of(train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CountAutoencoder(len(book))
    at_once = effort.batch_windows or effort.per_step
    lesson = CountLesson(model, [book.encode(w) for w in train], [book.encode(w) for w in held_out], at_once)
    pace = Pace("autoencoder", seconds=0.0, steps=effort.steps_of(lesson.batch_count), say=effort.say)
    fit_sequences(lesson, np.random.default_rng(seed), pace, effort.peak_rate or PEAK_RATE, effort.course)
    return VectorReader(vector_run(model), book)
