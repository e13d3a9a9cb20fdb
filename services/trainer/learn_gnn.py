"""Fits the graph model to windows of linked events. Experimental: measured beside the others, promised to nobody.

A window's events are nodes; who follows whom and who is about the same subject are its edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from services.trainer.effort import Effort
from services.trainer.learn_masked import fit_masked
from services.trainer.models.graphs import linked_run
from services.trainer.models.linked_encoder import LinkedEncoder
from services.trainer.models.masked_encoder import MaskedShape
from shared.core.sequences.impressions import hold_out
from shared.core.sequences.key_book import KeyBook, choose
from shared.core.sequences.linked_rows import LinkedRows
from shared.core.sequences.masked_reader import MaskedReader
from shared.core.sequences.subjects import LinkedWindow

EFFORT = Effort(steps=1000, most_events=200_000, most_held_out_events=20_000)


def fit_gnn(windows: Sequence[LinkedWindow], seed: int, effort: Effort = EFFORT) -> MaskedReader[LinkedWindow]:
    """Train on the first nine tenths, stop by the last. Raises ValueError below two windows."""
    train, held_out = hold_out(windows)
    train = [train[at] for at in choose(train, effort.most_events)]
    held_out = [held_out[at] for at in choose(held_out, effort.most_held_out_events)]
    book = KeyBook.of([[template for template, _ in window] for window in train])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LinkedEncoder(MaskedShape(len(book)))
    return fit_masked(model, partial(linked_run, model), LinkedRows(book), book, train, held_out, seed, effort)
