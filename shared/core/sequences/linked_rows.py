"""Cuts windows of linked events into rows that hold, beside each key, whom its event is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.core.sequences.key_book import IntArray, KeyBook
from shared.core.sequences.masked_rows import KeyRows, Row
from shared.core.sequences.subjects import PER_EVENT, LinkedWindow


@dataclass(frozen=True, slots=True)
class LinkedRows:
    """As KeyRows, with subjects; specials are about nobody."""

    book: KeyBook

    def __call__(self, window: LinkedWindow) -> list[Row]:
        rows = KeyRows(self.book)(tuple(template for template, _ in window))
        return [Row(row.keys, row.event, _subjects(window, row.event)) for row in rows]


def _subjects(window: LinkedWindow, event: IntArray) -> IntArray:
    subjects = np.zeros((len(event), PER_EVENT), dtype=np.int64)
    for place, at in enumerate(event.tolist()):
        if at >= 0:
            own = window[at][1]
            subjects[place, : len(own)] = own
    return subjects


def subjects_beside(rows: Sequence[Row], width: int) -> dict[str, NDArray[Any]]:
    """``subjects`` (B, width, PER_EVENT) of rows padded to ``width``, 0 for nobody: what the graph is fed besides."""
    subjects = np.zeros((len(rows), width, PER_EVENT), dtype=np.int64)
    for place, row in enumerate(rows):
        if row.subjects is not None:
            subjects[place, : len(row.subjects)] = row.subjects
    return {"subjects": subjects}
