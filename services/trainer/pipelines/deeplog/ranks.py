"""What an expert of normal life says of each event of a sequence: how surprising, and how many it held likelier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from services.trainer.models.deeplog import DeepLog
from shared.core.sequences.impressions import FloatArray, Templates
from shared.core.sequences.key_book import SPECIAL, UNSEEN, IntArray
from shared.core.sequences.next_key import NextKeyReader, examples_of

TOP_G: Final = 9  # as in the paper: an event is expected when it is among so many likeliest
_READ_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class Expert:
    """A fitted reader, and its network."""

    reader: NextKeyReader
    model: DeepLog

    @property
    def last_rank(self) -> int:
        """The rank of an event that was never met: behind every one that was."""
        return max(len(self.reader.book) - SPECIAL + 1, 1)


@dataclass(frozen=True, slots=True)
class Deviations:
    """One sequence of L events and its end: (L + 1,) each.

    surprise  nats, smoothed by the book     ranks  0 for the likeliest     keys  the book's numbers
    """

    surprise: FloatArray
    ranks: IntArray
    keys: IntArray


def read_deviations(expert: Expert, sequences: Sequence[Templates]) -> list[Deviations]:
    """Equal histories are asked about once."""
    if not sequences:
        return []
    history = expert.reader.history
    rows = np.concatenate([examples_of(expert.reader.book.encode(each), history) for each in sequences])
    distinct, place = np.unique(rows, axis=0, return_inverse=True)
    place = place.reshape(-1)
    surprise, ranks = _ask(expert, distinct)
    wanted = distinct[:, -1]
    smoothed = expert.reader.book.smoothed(surprise, wanted)
    ranks = np.where(wanted == UNSEEN, expert.last_rank, ranks)
    ends = np.cumsum([len(each) + 1 for each in sequences])[:-1]
    parts = (np.split(values[place], ends) for values in (smoothed, ranks, wanted))
    return [Deviations(*each) for each in zip(*parts, strict=True)]


@torch.no_grad()
def _ask(expert: Expert, rows: IntArray) -> tuple[FloatArray, IntArray]:
    """Surprise and rank of the last key of rows (N, history + 1)."""
    surprises, ranks = [], []
    for part in torch.split(torch.from_numpy(rows), _READ_AT_ONCE):
        logs = torch.log_softmax(expert.model(part[:, :-1]), dim=-1)
        own = logs.gather(1, part[:, -1:])
        surprises.append(-own[:, 0].double())
        ranks.append((logs > own).sum(1))
    return torch.cat(surprises).numpy(), torch.cat(ranks).numpy()
