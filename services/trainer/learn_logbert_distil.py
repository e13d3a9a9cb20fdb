"""Fits LogBERT, or its distilled size, to windows of templates, normal as far as anyone knows.

A window of more than 128 events is read in pieces; its events are guessed from their own piece.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import torch

from services.trainer.effort import Effort
from services.trainer.learn_masked import fit_masked
from services.trainer.models.graphs import masked_run
from services.trainer.models.logbert_distil import LogBertDistil
from services.trainer.models.masked_encoder import MaskedShape
from shared.core.sequences.impressions import Templates, hold_out
from shared.core.sequences.key_book import KeyBook, choose
from shared.core.sequences.masked_reader import MaskedReader
from shared.core.sequences.masked_rows import KeyRows

EFFORT = Effort(steps=1000, most_events=200_000, most_held_out_events=20_000)
FULL_EFFORT = Effort(steps=400, most_events=100_000, most_held_out_events=10_000)
FULL_PEAK_RATE = 5e-4  # four layers of this width diverge at what two narrow ones like
_FULL = {"dim": 256, "layers": 4, "heads": 4, "hidden": 1024}  # as the authors' program sets it for HDFS


def fit_logbert_distil(windows: Sequence[Templates], seed: int, effort: Effort = EFFORT) -> MaskedReader[Templates]:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    return _fit(windows, seed, effort, {})


def fit_logbert(windows: Sequence[Templates], seed: int, effort: Effort = FULL_EFFORT) -> MaskedReader[Templates]:
    """The same at full size; 3.2 million weights where the distilled form has 0.1."""
    rate = effort.peak_rate or FULL_PEAK_RATE
    return _fit(windows, seed, replace(effort, peak_rate=rate), _FULL)


def _fit(windows: Sequence[Templates], seed: int, effort: Effort, size: Mapping[str, int]) -> MaskedReader[Templates]:
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    book = KeyBook.of(train)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LogBertDistil(MaskedShape(len(book), **size))
    return fit_masked(model, partial(masked_run, model), KeyRows(book), book, train, held_out, seed, effort)
