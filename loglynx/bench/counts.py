"""Windows as sparse count vectors: one column per template that was fitted on, and one for all that are new.

Needs scipy (extra ``bench``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from loglynx.bench.task import Events, FloatArray
from loglynx.bench.templates import IntArray, TemplateReader

Matrix = Any  # scipy.sparse.csr_matrix, which has no type stubs


@dataclass(frozen=True, slots=True)
class Counted:
    """matrix  (n, T + 1) float64, the last column new templates    columns  the column of each event, by window"""

    matrix: Matrix
    columns: list[IntArray]


class CountVectors:
    """``fit`` learns the templates; ``idf`` (T + 1,) then says how rare each was, in nats, larger is rarer.

    idf = log((1 + n) / (1 + windows with the template)) + 1, as in scikit-learn; a new template was in none.
    """

    def __init__(self) -> None:
        self._reader = TemplateReader()
        self.idf: FloatArray = np.ones(1)

    def fit(self, windows: Sequence[Events]) -> Counted:
        read = self._reader.read(windows)
        counted = _counted(read, len(self._reader.texts))
        holding = np.asarray((counted.matrix > 0).sum(axis=0)).ravel()
        self.idf = np.log((1.0 + len(windows)) / (1.0 + holding)) + 1.0
        return counted

    def read(self, windows: Sequence[Events]) -> Counted:
        return _counted(self._reader.read(windows), len(self.idf) - 1)

    def weighted(self, matrix: Matrix) -> Matrix:
        """TF-IDF: counts times idf, each row of length 1 (0 for an empty window)."""
        weighted = matrix.multiply(self.idf).tocsr()
        length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        return weighted.multiply(1.0 / np.maximum(length, 1e-12)[:, None]).tocsr()


def _counted(read: list[IntArray], known: int) -> Counted:
    columns = [np.minimum(templates, known) for templates in read]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)
    matrix = csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(read), known + 1))
    matrix.sum_duplicates()
    return Counted(matrix, columns)


def of_events(matrix: Matrix, columns: list[IntArray]) -> list[FloatArray]:
    """For each window (L,) what ``matrix`` (n, T + 1) holds at the column of each of its events."""
    rows = []
    for row, at in enumerate(columns):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        order = np.searchsorted(matrix.indices[part], at)
        rows.append(np.asarray(matrix.data[part][order], dtype=np.float64))
    return rows
