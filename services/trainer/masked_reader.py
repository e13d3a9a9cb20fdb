"""Reads windows with a fitted masked encoder: how surprising is each event, given all others of its piece.

Each number is hidden once and guessed from the rest (pseudo-likelihood, Salazar et al. 2020). Strangeness is the
largest surprise of an event, in nats, plus the logarithm of how many times farther than usual the summary is from its
centre. The logarithm keeps the distance in its place: added in units of its own spread, it drowned the surprise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.trainer.key_book import KeyBook
from services.trainer.masked_rows import PASSES, Row, by_length, hide_in_turn
from services.trainer.models.masked_encoder import MaskedEncoder
from services.trainer.sequence_readers import FloatArray, Impression, Templates, read_once

_NUMBERS_AT_ONCE = 8192
_WORST_NUMBERS = 3  # of an event: one odd word counts, and the many ordinary ones beside it do not
CutRows = Callable[[Templates], list[Row]]


@dataclass(frozen=True, slots=True)
class MaskedReader:
    """cut: a window into rows   book: the numbers of keys   usual_distance: the median"""

    model: MaskedEncoder
    cut: CutRows
    book: KeyBook
    usual_distance: float = 1.0

    def read(self, windows: Sequence[Templates]) -> list[Impression]:
        return read_once(windows, self._read_distinct)

    def _read_distinct(self, windows: list[Templates]) -> list[Impression]:
        impressions = []
        for surprise, distance in self.measure(windows):
            farther = math.log(max(distance / self.usual_distance, 1.0))
            impressions.append(Impression(float(surprise.max()) + farther, surprise))
        return impressions

    def measure(self, windows: Sequence[Templates]) -> Iterator[tuple[FloatArray, float]]:
        """For each window the surprise of its events (L,), and the largest distance of its rows from the centre."""
        pieces = [self.cut(window) for window in windows]
        distinct = {row.keys.tobytes(): row for rows in pieces for row in rows}
        known = dict(zip(distinct, self._measure_rows(list(distinct.values())), strict=True))
        for window, rows in zip(windows, pieces, strict=True):
            measured = [known[row.keys.tobytes()] for row in rows]
            surprise = np.concatenate([each for each, _ in measured])
            event = np.concatenate([row.event for row in rows])
            yield _of_events(surprise, event, len(window)), max(distance for _, distance in measured)

    def _measure_rows(self, rows: Sequence[Row]) -> list[tuple[FloatArray, float]]:
        """For each row the surprise of its numbers (T,), about 0 for specials, and its distance from the centre."""
        measured: list[tuple[FloatArray, float]] = [(np.zeros(0), 0.0)] * len(rows)
        for positions in by_length(rows, _NUMBERS_AT_ONCE):
            surprise, distance = self._measure_batch([rows[at] for at in positions])
            for place, at in enumerate(positions):
                own = surprise[place, : len(rows[at].keys)].numpy()
                measured[at] = self.book.smoothed(own, rows[at].keys), float(distance[place])
        return measured

    @torch.no_grad()
    def _measure_batch(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
        """Surprise (B, L) of each number, distance (B,): the mean over the passes."""
        surprise, distance = torch.zeros(0), torch.zeros(len(rows))
        for batch in hide_in_turn(rows):
            states = self.model(batch.shown, batch.is_real)
            surprise = surprise if len(surprise) else torch.zeros(batch.keys.shape, dtype=torch.float64)
            surprise[batch.hidden] = self.model.surprise(states[batch.hidden], batch.keys[batch.hidden]).double()
            distance += self.model.distance(states) / PASSES
        return surprise, distance


def _worst_mean(surprise: FloatArray) -> float:
    worst = min(_WORST_NUMBERS, len(surprise))
    return float(np.partition(surprise, -worst)[-worst:].mean())


def _of_events(surprise: FloatArray, event: NDArray[np.int64], length: int) -> FloatArray:
    """(length,): of each event the mean of its three strangest numbers; 0 for an event without numbers.

    surprise, event (T,) of the numbers, in order of events
    """
    result = np.zeros(length)
    ordinary = event >= 0
    surprise, event = surprise[ordinary], event[ordinary]
    starts = np.searchsorted(event, np.arange(length + 1))
    for at in np.unique(event).tolist():
        result[at] = _worst_mean(surprise[starts[at] : starts[at + 1]])
    return result
