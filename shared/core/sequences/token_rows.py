"""A window read as one text: ``[CLS] line 1 [SEP] line 2 [SEP] ...``, cut between lines into rows of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from shared.core.sequences.impressions import Templates
from shared.core.sequences.key_book import END, START, IntArray, KeyBook
from shared.core.sequences.masked_rows import LONGEST, NO_EVENT, Row

SEPARATOR = "[SEP]"
LINE_TOKENS = 24  # a line is cut after so many
_MOST_LINES_KEPT = 100_000
Tokenize = Callable[[Sequence[str]], list[list[str]]]


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Cuts a window into rows: START, then lines, each closed by SEPARATOR; END closes the last row.

    Neither SEPARATOR nor END is ever hidden: where lines end is no news. ``_lines`` keeps what was met, in bounds.
    """

    tokenize: Tokenize
    book: KeyBook
    _lines: dict[str, IntArray] = field(default_factory=dict)

    def __call__(self, window: Templates) -> list[Row]:
        self._encode(window)
        rows: list[Row] = []
        keys, event = [START], [NO_EVENT]
        separator = self.book.numbers[SEPARATOR]
        for at, line in enumerate(window):
            numbers = self._lines[line].tolist()
            if len(keys) > 1 and len(keys) + len(numbers) + 1 > LONGEST:
                rows.append(Row(np.array(keys), np.array(event)))
                keys, event = [START], [NO_EVENT]
            keys += [*numbers, separator]
            event += [*[at] * len(numbers), NO_EVENT]
        return [*rows, Row(np.array([*keys, END]), np.array([*event, NO_EVENT]))]

    def _encode(self, window: Templates) -> None:
        new = [line for line in dict.fromkeys(window) if line not in self._lines]
        if not new:
            return
        if len(self._lines) + len(new) > _MOST_LINES_KEPT:
            self._lines.clear()
            new = list(dict.fromkeys(window))
        for line, tokens in zip(new, self.tokenize(new), strict=True):
            self._lines[line] = self.book.encode(tokens[:LINE_TOKENS])
