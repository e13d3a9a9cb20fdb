"""Reads windows with an autoencoder of their template counts: which templates would it not have put there.

A window is a vector over the key book: log(1 + count), length 1. The graph says which shares of templates it rebuilds
from a narrow code (multinomial likelihood, after Liang et al. 2018). Strangeness is how much less likely its events
are under the shares rebuilt than under their own, in nats of the whole window, probabilities smoothed by the book.

The graph:  counts (B, keys) float32  ->  log_share (B, keys), code (B, dim).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.core.sequences.impressions import FloatArray, Impression, Run, Templates, read_once
from shared.core.sequences.key_book import IntArray, KeyBook

_CELLS_AT_ONCE = 1_000_000


def counted(windows: Sequence[IntArray], keys: int) -> NDArray[np.float32]:
    """(B, keys) how often each number occurs in each window."""
    counts = np.zeros((len(windows), keys), dtype=np.float32)
    for row, numbers in enumerate(windows):
        np.add.at(counts[row], numbers, 1.0)
    return counts


def scaled(counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the model is fed of counts (B, keys)."""
    logs = np.log1p(counts)
    scaled: NDArray[np.float32] = logs / np.maximum(np.linalg.norm(logs, axis=1, keepdims=True), 1e-6)
    return scaled


@dataclass(frozen=True, slots=True)
class VectorReader:
    """A fitted autoencoder."""

    run: Run
    book: KeyBook

    def read(self, windows: Sequence[Templates]) -> list[Impression]:
        return read_once(windows, self._read_distinct)

    def _read_distinct(self, windows: list[Templates]) -> list[Impression]:
        numbers = [self.book.encode(window) for window in windows]
        at_once = max(1, _CELLS_AT_ONCE // len(self.book))
        impressions: list[Impression] = []
        for start in range(0, len(numbers), at_once):
            part = numbers[start : start + at_once]
            log_share, code = self.run({"counts": scaled(counted(part, len(self.book)))})
            impressions += [
                self._impression(own, np.asarray(shares, dtype=np.float64), np.asarray(where, dtype=np.float64))
                for own, shares, where in zip(part, log_share, code, strict=True)
            ]
        return impressions

    def _impression(self, numbers: IntArray, log_share: FloatArray, code: FloatArray) -> Impression:
        surprise = self.book.smoothed(-log_share[numbers], numbers)
        _, place, count = np.unique(numbers, return_inverse=True, return_counts=True)
        usual = -np.log(count / len(numbers))[place]  # what an event of such a share has to cost
        too_many: FloatArray = np.maximum(surprise - usual, 0.0)
        return Impression(max(float((surprise - usual).sum()), 0.0), too_many, code)
