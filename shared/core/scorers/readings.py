"""What is read off a window directly: the sequence model's outputs, the words, the length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable, log_odds
from shared.core.scorers.counts import usual_length
from shared.core.scorers.density import unless_short
from shared.core.scorers.novelty import Rarity
from shared.core.scorers.slots import two_sided

Floats = NDArray[np.float64]

_LEAST_SPREAD = 0.1  # of a log unit, to either side of the usual length


class Head:
    """Log-odds of the sequence model's anomaly head."""

    def __init__(self, table: EvidenceTable) -> None:
        self.usual_length = usual_length(table)

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        return unless_short(log_odds(table.head), table, self.usual_length)


class Context:
    """Mean surprise of the worst events, nats, beyond what this stream's templates usually cost the model."""

    def __init__(self, table: EvidenceTable) -> None:
        self.kinds = table.kinds
        self.usual = _median_of(table.kind, table.surprise, len(table.kinds))
        self.overall = float(np.median(table.surprise))

    def lines(self, table: EvidenceTable) -> Floats:
        at = table.known_kinds(self.kinds)
        usual = np.where(at >= 0, self.usual[np.maximum(at, 0)], self.overall)
        return np.asarray(np.maximum(table.surprise - usual[table.kind], 0.0), dtype=np.float64)

    def score(self, table: EvidenceTable) -> Floats:
        return table.worst(self.lines(table))


class Variance:
    """Log variance of the events' surprise: one event far out of line raises it, an odd whole does not."""

    def __init__(self, table: EvidenceTable) -> None:
        self.usual_length = usual_length(table)

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        surprise = table.surprise.astype(np.float64)
        mean = table.mean(surprise)
        variance = table.mean((surprise - mean[table.window]) ** 2)
        return unless_short(np.log(variance + 1e-3), table, self.usual_length)


class Words:
    """Log-odds that a line is bad news: from its words and level, and from how rarely this stream says it.

    What a stream says in every window is no news there, whatever its words; said never before, "panic" is. A little
    more for each further line that is as bad.
    """

    def __init__(self, table: EvidenceTable) -> None:
        self.rarity = Rarity(table)

    def lines(self, table: EvidenceTable) -> Floats:
        return log_odds(table.trouble) + self.rarity.lines(table)

    def score(self, table: EvidenceTable) -> Floats:
        lines = self.lines(table)
        return np.asarray(table.largest(lines) + 0.1 * np.log1p(table.total(lines > 0.0)))


class Length:
    """-log of how seldom a window is so short, or so long, nats; nothing where a rule fixes the length.

    The two sides are judged apart: where some sessions are twice as long as most, one of half the length may yet be
    the shortest ever. Beyond all seen, one nat more for each half of the spread to that side, in log length.
    """

    def __init__(self, table: EvidenceTable) -> None:
        self.is_fixed = usual_length(table) > 0
        self.logs = np.sort(np.log(table.lengths))
        low, middle, high = np.quantile(self.logs, (0.1, 0.5, 0.9))
        self.below = max(float(middle - low), _LEAST_SPREAD) / 2.0
        self.above = max(float(high - middle), _LEAST_SPREAD) / 2.0

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        if self.is_fixed:
            return np.full(len(table), np.nan)
        logs = np.log(table.lengths)
        over = np.maximum(logs - self.logs[-1], 0.0) / self.above
        under = np.maximum(self.logs[0] - logs, 0.0) / self.below
        return np.asarray(two_sided(self.logs, logs) + over + under)


def _median_of(group: NDArray[np.int64], values: NDArray[np.floating], groups: int) -> Floats:
    """(groups,) median of ``values`` in each group; every group has some."""
    order = np.lexsort((values, group))
    starts = np.searchsorted(group[order], np.arange(groups + 1))
    middle = (starts[:-1] + starts[1:] - 1) // 2
    return np.asarray(values[order][middle], dtype=np.float64)
