"""Templates: has this stream said such a thing before, and how often?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.core.evidence import EvidenceTable, WordArray

Floats = NDArray[np.float64]

# An unseen template counts this much even when its text lies on top of a known one.
NOVELTY_FLOOR = 0.25
_CHUNK = 4096


class Novelty:
    """0 for a template seen before, else NOVELTY_FLOOR..1 by how far it lies from the stream's own language.

    Half of that is its cosine distance to the nearest template seen, half the share of its words that the stream
    never used: what a system says for the first time it mostly says in its own words, and a stranger does not. A
    window is as new as its newest event, and a little newer for each further one.
    """

    def __init__(self, table: EvidenceTable) -> None:
        self.kinds = table.kinds
        self.vectors = table.vectors
        self.words = np.unique(table.words[table.words > 0])

    def of_kinds(self, table: EvidenceTable) -> Floats:
        """(T,) for the distinct templates of ``table``."""
        unseen = np.flatnonzero(table.known_kinds(self.kinds) < 0)
        novelty = np.zeros(len(table.kinds))
        for start in range(0, len(unseen), _CHUNK):
            rows = unseen[start : start + _CHUNK]
            similarity = (table.vectors[rows] @ self.vectors.T).max(axis=1)
            novelty[rows] = _novelty(similarity, table.words[rows], ~np.isin(table.words[rows], self.words))
        return novelty

    def lines(self, table: EvidenceTable) -> Floats:
        return self.of_kinds(table)[table.kind]

    def score(self, table: EvidenceTable) -> Floats:
        return _newest(table, self.lines(table))

    @staticmethod
    def prequential(table: EvidenceTable) -> Floats:
        first = np.full(len(table.kinds), len(table), dtype=np.int64)
        np.minimum.at(first, table.kind, table.window)
        vocabulary, place = np.unique(table.words, return_inverse=True)
        place = place.reshape(table.words.shape)
        first_word = np.full(len(vocabulary), len(table), dtype=np.int64)
        np.minimum.at(first_word, place, first[:, None])
        novelty = np.ones(len(table.kinds))
        for start in range(0, len(first), _CHUNK):
            rows = slice(start, start + _CHUNK)
            similarity = np.where(
                first[None, :] < first[rows, None], table.vectors[rows] @ table.vectors.T, np.float32(0.0)
            ).max(axis=1)
            novelty[rows] = _novelty(similarity, table.words[rows], first_word[place[rows]] >= first[rows, None])
        return _newest(table, np.where(first[table.kind] == table.window, novelty[table.kind], 0.0))


def _novelty(similarity: NDArray[np.float32], words: WordArray, is_unheard: NDArray[np.bool_]) -> Floats:
    """(t,) of unseen templates: similarity (t,) to the nearest seen, words (t, WORD_SLOTS), which of them unheard."""
    distance = np.clip(1.0 - similarity.astype(np.float64), 0.0, 1.0)
    has_word = words > 0
    count = has_word.sum(axis=1)
    foreign = np.where(count > 0, (has_word & is_unheard).sum(axis=1) / np.maximum(count, 1), distance)
    return np.asarray(NOVELTY_FLOOR + (1.0 - NOVELTY_FLOOR) * (distance + foreign) / 2.0)


def _newest(table: EvidenceTable, lines: Floats) -> Floats:
    further = np.maximum(table.total(lines > 0) - 1.0, 0.0)
    return np.asarray(table.largest(lines) + 0.05 * np.log1p(further))


class Rarity:
    """-log of the share of normal windows that hold a template; one more than log(n) for one that none holds."""

    def __init__(self, table: EvidenceTable) -> None:
        self.kinds = table.kinds
        _, kind, _ = table.counts
        self.windows = len(table)
        self.rarity = np.log(self.windows / np.bincount(kind, minlength=len(table.kinds)))

    def lines(self, table: EvidenceTable) -> Floats:
        at = table.known_kinds(self.kinds)
        rarity = np.where(at >= 0, self.rarity[np.maximum(at, 0)], np.log(self.windows) + 1.0)
        return np.asarray(rarity[table.kind])

    def score(self, table: EvidenceTable) -> Floats:
        return table.mean(self.lines(table))
