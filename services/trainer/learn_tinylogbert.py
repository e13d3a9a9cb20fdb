"""Fits TinyLogBERT to windows of templates, read as one text: ``[CLS] line 1 [SEP] line 2 [SEP] ...``

The vocabulary is trained on the templates of the very windows, and only tokens that occur there get a number. A
window is cut between lines into pieces of at most 128 tokens, and a line after 24: what a tiny BERT can attend to in
time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from tokenizers import Tokenizer

from services.trainer.effort import Effort
from services.trainer.learn_masked import fit_masked
from services.trainer.models.graphs import masked_run
from services.trainer.models.masked_encoder import MaskedShape
from services.trainer.models.tinylogbert import TinyLogBert
from services.trainer.tokenizing import masks_in, train_tokenizer
from shared.core.sequences.impressions import Templates, hold_out
from shared.core.sequences.key_book import KeyBook, choose
from shared.core.sequences.masked_reader import MaskedReader
from shared.core.sequences.token_rows import LINE_TOKENS, SEPARATOR, TokenRows

_VOCABULARY = 6000  # of which 3,755 Chinese characters and 256 bytes; those that never occur cost nothing here
EFFORT = Effort(steps=800, most_events=60_000, most_held_out_events=3_000)


@dataclass(frozen=True, slots=True)
class Words:
    """Lines into tokens, by a tokenizer that serving can load."""

    tokenizer: Tokenizer

    def __call__(self, lines: Sequence[str]) -> list[list[str]]:
        return [each.tokens for each in self.tokenizer.encode_batch(list(lines), add_special_tokens=False)]


def fit_tinylogbert(windows: Sequence[Templates], seed: int, effort: Effort = EFFORT) -> MaskedReader[Templates]:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    lines = list(dict.fromkeys(line for window in train for line in window))
    words = Words(train_tokenizer(lines, masks_in(lines, at_least=1), _VOCABULARY))
    tokens = {line: found[:LINE_TOKENS] for line, found in zip(lines, words(lines), strict=True)}
    book = KeyBook.of([[*tokens[line], SEPARATOR] for window in train for line in window])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = TinyLogBert(MaskedShape(len(book), dim=96, hidden=192))
    return fit_masked(model, partial(masked_run, model), TokenRows(words, book), book, train, held_out, seed, effort)
