"""Which template follows which, the window's begin and end included: a bigram model with back-off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable, RowArray

Floats = NDArray[np.float64]

_BACK_OFF = 1.0  # pseudo-observations of the marginal distribution behind every context


class Order:
    """-log P(template | the one before), nats; a window is as strange as the mean of its worst transitions."""

    def __init__(self, table: EvidenceTable) -> None:
        self.kinds = table.kinds
        before, after, _ = self._transitions(table)
        size = len(self.kinds) + 2
        self.pairs, times = np.unique(before * size + after, return_counts=True)
        self.times = times.astype(np.float64)
        self.outgoing = np.bincount(before, minlength=size).astype(np.float64)
        self.incoming = np.bincount(after, minlength=size).astype(np.float64)
        self.total = float(len(before))

    def lines(self, table: EvidenceTable) -> Floats:
        """(N,) surprise of each event after the one before it; the end of the window counts for its last event."""
        surprise, owner = self._surprise(table)
        lines = np.zeros(len(table.ids))
        np.maximum.at(lines, owner, surprise)
        return lines

    def score(self, table: EvidenceTable) -> Floats:
        return table.worst(self.lines(table))

    @classmethod
    def prequential(cls, table: EvidenceTable) -> Floats:
        fitted = cls(table)
        before, after, owner = fitted._transitions(table)
        size, window = len(table.kinds) + 2, table.window[owner]
        first = np.full(len(table.kinds), len(table), dtype=np.int64)
        np.minimum.at(first, table.kind, table.window)
        surprise = _nats(
            _times_before(before * size + after, window),
            _times_before(before, window),
            _times_before(after, window),
            _times_before(np.zeros_like(before), window),
            np.searchsorted(np.sort(first), window) + 2,
        )
        lines = np.zeros(len(table.ids))
        np.maximum.at(lines, owner, surprise)
        return table.worst(lines)

    def _surprise(self, table: EvidenceTable) -> tuple[Floats, RowArray]:
        before, after, owner = self._transitions(table)
        size = len(self.kinds) + 2
        code = before * size + after
        at = np.minimum(np.searchsorted(self.pairs, code), len(self.pairs) - 1)
        seen = np.where(self.pairs[at] == code, self.times[at], 0.0)
        return _nats(seen, self.outgoing[before], self.incoming[after], self.total, size), owner

    def _transitions(self, table: EvidenceTable) -> tuple[RowArray, RowArray, RowArray]:
        """(before, after, event to which the transition belongs); codes: 0 edge, 1 unknown, 2.. known kinds."""
        code = (table.known_kinds(self.kinds) + 2)[table.kind]  # -1 -> 1
        first, last = table.starts[:-1], table.starts[1:] - 1
        before = np.empty(len(code), dtype=np.int64)
        before[1:] = code[:-1]
        before[first] = 0
        owner = np.arange(len(code))
        return (
            np.concatenate([before, code[last]]),
            np.concatenate([code, np.zeros(len(last), dtype=np.int64)]),
            np.concatenate([owner, last]),
        )


def _nats(seen: Floats, outgoing: Floats, incoming: Floats, total: Floats | float, size: RowArray | int) -> Floats:
    marginal = (incoming + 0.5) / (total + 0.5 * size)
    return np.asarray(-np.log((seen + _BACK_OFF * marginal) / (outgoing + _BACK_OFF)))


def _times_before(code: RowArray, window: RowArray) -> Floats:
    """(m,) how often each element's code occurs in earlier windows."""
    width = int(window.max()) + 1
    keys = np.sort(code * width + window)
    earlier = np.searchsorted(keys, code * width + window) - np.searchsorted(keys, code * width)
    return earlier.astype(np.float64)
