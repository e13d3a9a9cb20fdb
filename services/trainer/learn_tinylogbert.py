"""Fits TinyLogBERT to windows of templates, read as one text: ``[CLS] line 1 [SEP] line 2 [SEP] ...``

The vocabulary is trained on the templates of the very windows, and only tokens that occur there get a number. A
window is cut between lines into pieces of at most 128 tokens, and a line after 24: what a tiny BERT can attend to in
time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from tokenizers import Tokenizer

from services.trainer.effort import Effort
from services.trainer.key_book import END, START, IntArray, KeyBook, choose
from services.trainer.learn_masked import fit_masked
from services.trainer.masked_reader import MaskedReader
from services.trainer.masked_rows import NO_EVENT, Row
from services.trainer.models.masked_encoder import MaskedShape
from services.trainer.models.tinylogbert import TinyLogBert
from services.trainer.sequence_readers import Templates, hold_out
from services.trainer.tokenizing import SEP, masks_in, train_tokenizer

_LONGEST = 128
_LINE_TOKENS = 24
_VOCABULARY = 6000  # of which 3,755 Chinese characters and 256 bytes; those that never occur cost nothing here
_MOST_LINES_KEPT = 100_000
EFFORT = Effort(steps=800, most_events=60_000, most_held_out_events=3_000)


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Cuts a window into rows: START, then lines, each closed by SEP; END closes the last row.

    Neither SEP nor END is ever hidden: where lines end is no news. ``_lines`` keeps what was met, in bounds.
    """

    tokenizer: Tokenizer
    book: KeyBook
    _lines: dict[str, IntArray] = field(default_factory=dict)

    def __call__(self, window: Templates) -> list[Row]:
        self._encode(window)
        rows: list[Row] = []
        keys, event = [START], [NO_EVENT]
        separator = self.book.numbers[SEP]
        for at, line in enumerate(window):
            numbers = self._lines[line].tolist()
            if len(keys) > 1 and len(keys) + len(numbers) + 1 > _LONGEST:
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
        for line, tokens in zip(new, _tokens_of(self.tokenizer, new), strict=True):
            self._lines[line] = self.book.encode(tokens)


def _tokens_of(tokenizer: Tokenizer, lines: Sequence[str]) -> list[list[str]]:
    encoded = tokenizer.encode_batch(list(lines), add_special_tokens=False)
    return [each.tokens[:_LINE_TOKENS] for each in encoded]


def fit_tinylogbert(windows: Sequence[Templates], seed: int, effort: Effort = EFFORT) -> MaskedReader:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    lines = list(dict.fromkeys(line for window in train for line in window))
    tokenizer = train_tokenizer(lines, masks_in(lines, at_least=1), _VOCABULARY)
    tokens = dict(zip(lines, _tokens_of(tokenizer, lines), strict=True))
    book = KeyBook.of([[*tokens[line], SEP] for window in train for line in window])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = TinyLogBert(MaskedShape(len(book), dim=96, hidden=192))
    return fit_masked(model, TokenRows(tokenizer, book), book, train, held_out, seed, effort)
