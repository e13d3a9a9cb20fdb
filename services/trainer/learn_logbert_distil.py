"""Fits LogBERT-Distil to windows of templates, normal as far as anyone knows.

A window of more than 128 events is read in pieces; its events are guessed from their own piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from services.trainer.effort import Effort
from services.trainer.key_book import END, START, KeyBook, choose
from services.trainer.learn_masked import fit_masked
from services.trainer.masked_reader import MaskedReader
from services.trainer.masked_rows import NO_EVENT, Row
from services.trainer.models.logbert_distil import LogBertDistil
from services.trainer.models.masked_encoder import MaskedShape
from services.trainer.sequence_readers import Templates, hold_out

_LONGEST = 128
EFFORT = Effort(steps=1000, most_events=200_000, most_held_out_events=20_000)


@dataclass(frozen=True, slots=True)
class KeyRows:
    """Cuts a window into rows: START, then the numbers of up to 128 templates; END closes the last row.

    END is never hidden, but seen: the last event of a window is to be one that things end with."""

    book: KeyBook

    def __call__(self, window: Templates) -> list[Row]:
        numbers = self.book.encode(window)
        rows = []
        for start in range(0, len(numbers), _LONGEST):
            part = numbers[start : start + _LONGEST]
            event = np.arange(start, start + len(part))
            row = Row(np.insert(part, 0, START), np.insert(event, 0, NO_EVENT))
            is_last = start + _LONGEST >= len(numbers)
            rows.append(Row(np.append(row.keys, END), np.append(row.event, NO_EVENT)) if is_last else row)
        return rows


def fit_logbert_distil(windows: Sequence[Templates], seed: int, effort: Effort = EFFORT) -> MaskedReader:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    book = KeyBook.of(train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LogBertDistil(MaskedShape(len(book)))
    return fit_masked(model, KeyRows(book), book, train, held_out, seed, effort)
