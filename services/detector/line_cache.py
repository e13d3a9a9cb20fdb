"""A bounded table of line vectors: each distinct template is encoded once, however often it is logged.

``lookup(line_ids, messages)`` takes the 64-bit ids of shared.core.normalising.line_ids and gives rows of ``vectors``.
Only lines whose id is unknown are masked into templates, and only templates that are unknown are encoded. When the
table is full, the rows used longest ago make room. Rows are valid until the next ``lookup``, and ``vectors`` is
another array once it has grown: look up first, then gather, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import WORD_SLOTS, WordArray
from shared.core.normalising import template_id, template_of, words_in

IdArray = NDArray[np.uint64]
RowArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]

Encode = Callable[[Sequence[str]], FloatArray]


class LineCache:
    """``max_lines`` bounds distinct line ids and templates alike. Not for several threads at once."""

    def __init__(self, encode: Encode, dim: int, max_lines: int = 100_000) -> None:
        if max_lines < 1:
            raise ValueError("a cache holds at least one line")
        self.max_lines = max_lines
        self.hits = 0
        self.misses = 0
        self._encode = encode
        self._dim = dim
        self._row_of_line: dict[int, int] = {}
        self._row_of_template: dict[int, int] = {}
        self._free: list[int] = []
        self._clock = 0
        self.vectors: FloatArray = np.zeros((0, dim), dtype=np.float32)  # (rows, dim)
        self.template_ids: IdArray = np.zeros(0, dtype=np.uint64)  # (rows,)
        self.words: WordArray = np.zeros((0, WORD_SLOTS), dtype=np.uint32)  # (rows, WORD_SLOTS)
        self.templates: list[str] = []
        self._used: RowArray = np.zeros(0, dtype=np.int64)  # (rows,) when last looked up

    def __len__(self) -> int:
        return len(self._row_of_template)

    def lookup(self, line_ids: IdArray, messages: Sequence[str]) -> RowArray:
        """(n,) rows of ``vectors`` for n lines. A batch with more distinct templates than max_lines still fits."""
        self._clock += 1
        known = self._row_of_line
        rows = np.fromiter((known.get(int(line), -1) for line in line_ids), np.int64, len(line_ids))
        missing = np.flatnonzero(rows < 0)
        self.hits += len(rows) - len(missing)
        self.misses += len(missing)
        self._used[rows[rows >= 0]] = self._clock
        if len(missing):
            self._learn({int(line_ids[i]): messages[i] for i in missing.tolist()})
            rows[missing] = [self._row_of_line[int(line_ids[i])] for i in missing.tolist()]
        return rows

    def _learn(self, unseen: dict[int, str]) -> None:
        """Give each unseen line a row; encodes the templates among them that have none yet."""
        found = {line: template_of(message) for line, message in unseen.items()}
        ids = {template: template_id(template) for template in found.values()}
        fresh = [template for template, key in ids.items() if key not in self._row_of_template]
        for template in ids.keys() - set(fresh):
            self._used[self._row_of_template[ids[template]]] = self._clock
        self._make_room(len(fresh), len(found))
        if fresh:
            vectors = self._encode(fresh)
            for template, vector in zip(fresh, vectors, strict=True):
                self._store(ids[template], template, vector)
        for line, template in found.items():
            self._row_of_line[line] = self._row_of_template[ids[template]]

    def _store(self, key: int, template: str, vector: FloatArray) -> None:
        if not self._free:
            self._grow()
        row = self._free.pop()
        self._row_of_template[key] = row
        self.vectors[row], self.template_ids[row], self.templates[row] = vector, key, template
        words = words_in(template, WORD_SLOTS)
        self.words[row] = 0
        self.words[row, : len(words)] = words
        self._used[row] = self._clock

    def _make_room(self, templates: int, lines: int) -> None:
        """Drop the least recently used eighth (or more, if needed) once a bound would be passed."""
        over = max(len(self._row_of_template) + templates, len(self._row_of_line) + lines) - self.max_lines
        if over <= 0:
            return
        by_age = sorted(self._row_of_template.items(), key=lambda item: self._used[item[1]])
        wanted = max(len(self._row_of_template) + templates - self.max_lines, len(by_age) // 8)
        gone = {row: key for key, row in by_age[:wanted] if self._used[row] < self._clock}
        for row, key in gone.items():
            del self._row_of_template[key]
            self.templates[row] = ""
            self._free.append(row)
        kept = {line: row for line, row in self._row_of_line.items() if row not in gone}
        if len(kept) + lines > self.max_lines:  # few templates, very many spellings of them
            kept = {line: row for line, row in kept.items() if self._used[row] == self._clock}
        self._row_of_line = kept

    def _grow(self) -> None:
        size = len(self.templates)
        more = max(256, size)
        self.vectors = np.concatenate([self.vectors, np.zeros((more, self._dim), np.float32)])
        self.template_ids = np.concatenate([self.template_ids, np.zeros(more, np.uint64)])
        self.words = np.concatenate([self.words, np.zeros((more, WORD_SLOTS), np.uint32)])
        self._used = np.concatenate([self._used, np.zeros(more, np.int64)])
        self.templates.extend([""] * more)
        self._free.extend(range(size + more - 1, size - 1, -1))
