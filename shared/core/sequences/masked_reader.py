"""Reads windows with a masked model: how surprising is each event, given all others of its piece.

Each number is hidden once and guessed from the rest (pseudo-likelihood, Salazar et al. 2020). Strangeness is the
largest surprise of an event, in nats, plus the logarithm of how many times farther than usual the summary is from its
centre. The logarithm keeps the distance in its place: added in units of its own spread, it drowned the surprise.

The graph:  shown (B, L) int64, is_real (B, L) bool, at (N,) int64 hidden places in B * L, wanted (N,) int64, and what
``beside`` adds for the rows  ->  surprise (N,) nats, summary (B, dim).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from shared.core.sequences.impressions import Arrays, FloatArray, Impression, Run, W, read_once
from shared.core.sequences.key_book import KeyBook
from shared.core.sequences.masked_rows import PASSES, HiddenRows, Row, by_length, hide_in_turn

_NUMBERS_AT_ONCE = 8192
_WORST_NUMBERS = 3  # of an event: one odd word counts, and the many ordinary ones beside it do not
Measured = tuple[FloatArray, FloatArray]  # surprise of the numbers, summary


def inputs_of(batch: HiddenRows) -> dict[str, NDArray[Any]]:
    """What the graph is fed of a batch."""
    at = np.flatnonzero(batch.hidden)
    return {"shown": batch.shown, "is_real": batch.is_real, "at": at, "wanted": batch.keys.reshape(-1)[at]}


def nothing_more(rows: Sequence[Row], width: int) -> Arrays:
    """For graphs that see numbers alone."""
    return {}


@dataclass(frozen=True, slots=True)
class MaskedReader(Generic[W]):
    """cut: a window into rows   book: the numbers of keys   centre (dim,) of normal windows' summaries
    usual_distance: the median mean squared distance from it, per dimension
    """

    run: Run
    cut: Callable[[W], list[Row]]
    book: KeyBook
    centre: FloatArray
    usual_distance: float = 1.0
    beside: Callable[[Sequence[Row], int], Arrays] = nothing_more

    def read(self, windows: Sequence[W]) -> list[Impression]:
        return read_once(windows, self._read_distinct)

    def _read_distinct(self, windows: list[W]) -> list[Impression]:
        impressions = []
        for surprise, distance, summary in self.measure(windows):
            farther = math.log(max(distance / self.usual_distance, 1.0))
            impressions.append(Impression(float(surprise.max()) + farther, surprise, summary))
        return impressions

    def measure(self, windows: Sequence[W]) -> Iterator[tuple[FloatArray, float, FloatArray]]:
        """For each window the surprise of its events (L,), the largest distance of its rows from the centre, and the
        mean of their summaries (dim,)."""
        pieces = [self.cut(window) for window in windows]
        distinct = {row.identity: row for rows in pieces for row in rows}
        known = dict(zip(distinct, self._measure_rows(list(distinct.values())), strict=True))
        for window, rows in zip(windows, pieces, strict=True):
            measured = [known[row.identity] for row in rows]
            surprise = np.concatenate([each for each, _ in measured])
            event = np.concatenate([row.event for row in rows])
            summaries = np.stack([summary for _, summary in measured])
            distance = float(np.square(summaries - self.centre).mean(1).max())
            yield _of_events(surprise, event, len(window)), distance, summaries.mean(0)

    def _measure_rows(self, rows: Sequence[Row]) -> list[Measured]:
        """For each row the surprise of its numbers (T,), 0 for specials, and its summary (dim,)."""
        measured: list[Measured] = [(np.zeros(0), np.zeros(0))] * len(rows)
        for positions in by_length(rows, _NUMBERS_AT_ONCE):
            surprise, summary = self._measure_batch([rows[at] for at in positions])
            for place, at in enumerate(positions):
                own = surprise[place, : len(rows[at].keys)]
                measured[at] = self.book.smoothed(own, rows[at].keys), summary[place]
        return measured

    def _measure_batch(self, rows: Sequence[Row]) -> Measured:
        """Surprise (B, L) of each number, summary (B, dim): the mean over the passes."""
        surprise, summary = np.zeros(0), np.zeros(())
        for batch in hide_in_turn(rows):
            inputs = inputs_of(batch)
            if not surprise.size:
                surprise = np.zeros(batch.keys.shape)
                more = self.beside(rows, batch.keys.shape[1])
            nats, seen = self.run({**inputs, **more})
            surprise.reshape(-1)[inputs["at"]] = nats
            summary = summary + np.asarray(seen, dtype=np.float64) / PASSES
        return surprise, summary


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
