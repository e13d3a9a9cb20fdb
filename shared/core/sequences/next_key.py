"""Reads windows with a model of what comes next: how surprising is each event after those before it.

Strangeness is the largest -log p of a window's events: as in DeepLog (Du et al. 2017), one abnormal event makes a
window abnormal. There an event is abnormal when it is not among the g likeliest, a yes or no that leaves no threshold
to calibrate. The end of a window is an event to be predicted, too: what stops half-way shows no wrong event, but ends
too early.

The graph:  histories (B, history) int64 oldest first, wanted (B,) int64  ->  surprise (B,) nats, state (B, dim).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.core.sequences.impressions import FloatArray, Impression, Run, Templates, read_once
from shared.core.sequences.key_book import END, START, IntArray, KeyBook

_READ_AT_ONCE = 4096


def examples_of(numbers: IntArray, history: int) -> IntArray:
    """(L,) numbers of a window -> (L + 1, history + 1): a history and what came then, at last END."""
    closed = np.append(numbers, END)
    return np.column_stack([histories_of(closed, history), closed])


def histories_of(numbers: IntArray, history: int) -> IntArray:
    """(L,) numbers -> (L, history): what stood before each, START where there was nothing."""
    padded = np.concatenate([np.full(history, START, dtype=np.int64), numbers[:-1]])
    views: IntArray = np.lib.stride_tricks.sliding_window_view(padded, history)
    return views


def run_examples(run: Run, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """(N, history + 1) -> surprise (N,) of each row's last key in nats, state (N, dim)."""
    parts = [rows[start : start + _READ_AT_ONCE] for start in range(0, len(rows), _READ_AT_ONCE)]
    results = [run({"histories": part[:, :-1], "wanted": part[:, -1]}) for part in parts]
    surprise, state = (np.concatenate([result[i] for result in results]).astype(np.float64) for i in (0, 1))
    return surprise, state


@dataclass(frozen=True, slots=True)
class NextKeyReader:
    """A fitted model."""

    run: Run
    book: KeyBook
    history: int

    def read(self, windows: Sequence[Templates]) -> list[Impression]:
        return read_once(windows, self._read_distinct)

    def _read_distinct(self, windows: list[Templates]) -> list[Impression]:
        rows = np.concatenate([examples_of(self.book.encode(window), self.history) for window in windows])
        distinct, place = np.unique(rows, axis=0, return_inverse=True)
        place = place.reshape(-1)
        known, state = run_examples(self.run, distinct)
        surprise = self.book.smoothed(known, distinct[:, -1])[place]
        ends = np.cumsum([len(window) + 1 for window in windows])[:-1]
        parts = zip(np.split(surprise, ends), np.split(place, ends), strict=True)
        return [_impression(nats, state[rows].mean(0)) for nats, rows in parts]


def _impression(surprise: FloatArray, embedding: FloatArray) -> Impression:
    """surprise (L + 1,), of which the end's counts for the last event."""
    events = surprise[:-1].copy()
    events[-1] = max(events[-1], surprise[-1])
    return Impression(float(events.max()), events, embedding)
