"""Which counts go together: a window may be new as a whole and yet keep every relation between its parts.

Counting windows whose very multiset of templates is unseen calls each new *combination* of independent variations
strange. Here a window is taken apart into pairs of statements "template A occurs a times, template B occurs b times"
(counts above 3 in powers of two, absence included); it is as strange as it has pairs that no normal window has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable
from shared.core.scorers.counts import usual_length
from shared.core.scorers.density import unless_short

Floats = NDArray[np.float64]

MOST_KINDS = 256  # templates in relations, those in most windows
_EXACT = 3
_BUCKETS = 24
_UNHEARD_STATEMENT = 16  # pairs that one count never seen of a template is worth
_LEAST_EXPECTED = 0.05  # co-occurrences that chance would give; a pair expected less often says nothing by missing


class Relations:
    """log1p of the number of pairs of statements that are true of a window and of no normal one.

    A short window says of nearly everything that it is absent: it is not judged.
    """

    def __init__(self, table: EvidenceTable) -> None:
        self.usual_length = usual_length(table)
        _, kind, _ = table.counts
        frequency = np.bincount(kind, minlength=len(table.kinds))
        chosen = np.sort(np.argsort(-frequency, kind="stable")[:MOST_KINDS])
        self.kinds = table.kinds[chosen]
        statements = self._statements(table)  # (n, K) codes
        self.codes, inverse = np.unique(statements, return_inverse=True)
        rows = _one_hot(inverse.reshape(statements.shape), len(self.codes))
        together = rows.T @ rows
        alone = np.diag(together)
        expected = np.outer(alone, alone) / len(table)
        self.is_negligible: NDArray[np.bool_] = expected < _LEAST_EXPECTED
        self.is_unheard: NDArray[np.float32] = ((together == 0) & ~self.is_negligible).astype(np.float32)

    def lines(self, table: EvidenceTable) -> None:
        return None

    def score(self, table: EvidenceTable) -> Floats:
        statements = self._statements(table)
        _, first, back = np.unique(_row_keys(statements), return_index=True, return_inverse=True)
        statements = statements[first]
        at = np.minimum(np.searchsorted(self.codes, statements), len(self.codes) - 1)
        known = self.codes[at] == statements
        rows = _one_hot(at, len(self.codes), known)
        pairs = ((rows @ self.is_unheard) * rows).sum(axis=1) / 2.0
        pairs += _UNHEARD_STATEMENT * (~known).sum(axis=1)
        return unless_short(np.log1p(pairs, dtype=np.float64)[back], table, self.usual_length)

    @classmethod
    def prequential(cls, table: EvidenceTable) -> Floats:
        """By those before it; which templates and pairs are worth counting is known from all windows."""
        fitted = cls(table)
        statements = fitted._statements(table)
        _, first = np.unique(_row_keys(statements), return_index=True)
        at = np.searchsorted(fitted.codes, statements)
        seen = fitted.is_negligible.copy()
        np.fill_diagonal(seen, False)  # a statement is unheard until it is made, however rare it stays
        pairs = np.zeros(len(first))
        for rank in np.argsort(first):  # only a set of statements that is new can hold a new pair
            row = at[first[rank]]
            own = np.ix_(row, row)
            unheard = ~seen[row, row]
            known = ~unheard
            pairs[rank] = (~seen[own])[np.ix_(known, known)].sum() / 2.0 + _UNHEARD_STATEMENT * unheard.sum()
            seen[own] = True
        scores = np.zeros(len(table))
        scores[first] = np.log1p(pairs)
        return unless_short(scores, table, fitted.usual_length)

    def _statements(self, table: EvidenceTable) -> NDArray[np.int64]:
        """(n, K) code of how often each template occurs, different for each template."""
        window, kind, count = table.counts
        at = table.known_kinds(self.kinds)[kind]
        known = at >= 0
        amounts = np.zeros((len(table), len(self.kinds)), dtype=np.int64)
        amounts[window[known], at[known]] = count[known]
        return np.arange(len(self.kinds)) * _BUCKETS + _bucket(amounts)


def _bucket(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2, 3 as they are, then one bucket per doubling."""
    above = _EXACT + np.ceil(np.log2(np.maximum(count, 1) / _EXACT)).astype(np.int64)
    return np.minimum(np.where(count <= _EXACT, count, above), _BUCKETS - 1)


def _row_keys(rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(n,) equal for equal rows."""
    mixer = np.random.default_rng(0).integers(1, 2**63, rows.shape[1], dtype=np.uint64)
    return np.asarray((rows.astype(np.uint64) * mixer).sum(axis=1, dtype=np.uint64))


def _one_hot(at: NDArray[np.int64], width: int, where: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    rows = np.zeros((len(at), width), dtype=np.float32)
    owner = np.broadcast_to(np.arange(len(at))[:, None], at.shape)
    chosen = np.ones(at.shape, dtype=bool) if where is None else where
    rows[owner[chosen], at[chosen]] = 1.0
    return rows
