"""From rows of incidents to what the language model is trained on: windows as ids, and what should come where.

In: canonical rows (``datasets/incidents``). Out: Examples, and Batches of them padded on the right.
- at each line's END the model should say what the line is, in one control token: the margin
- at ASK it should point at a line that carries the evidence, then say the category: the reply
Nothing else is a target: what a log says next is not what is asked.
To see more windows for the same tokens, training windows lose a random part of their ordinary lines and words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from services.trainer.language_model.vocabulary import encode_plain
from shared.core.compact_window import (
    FIRST_CLASS,
    FIRST_LINE,
    LINE_CLASSES,
    MOST_LINES,
    ORDINARY,
    PAD,
    CompactLine,
    CompactWindow,
    compact_line,
    compact_window,
)
from shared.core.taxonomy import Language

NO_TARGET = -100
MARGIN, POINTER, CATEGORY = 1, 2, 3
_CLASS_IDS = {name: FIRST_CLASS + index for index, name in enumerate(LINE_CLASSES)}
_MOST_DROPPED = 0.45  # of a window's words, so that no word decides alone


@dataclass(frozen=True, slots=True)
class Example:
    """One window. ``classes`` of its lines; ``evidence`` counts from 0."""

    language: Language
    lines: tuple[CompactLine, ...]
    classes: tuple[str, ...]
    evidence: tuple[int, ...]
    category: str

    def window(self, tokenizer: Tokenizer) -> CompactWindow:
        """As it is read at work: whole."""
        return compact_window(self.lines, self.language, lambda words: encode_plain(tokenizer, words))

    def ids(self, tokenizer: Tokenizer) -> tuple[int, ...]:
        """The window with the first line of its evidence pointed at."""
        return (*self.window(tokenizer).ids, FIRST_LINE + (self.evidence[0] if self.evidence else 0))


@dataclass(frozen=True, slots=True)
class Batch:
    """ids, targets, kinds (B, T): the token, the token that should be said there (or NO_TARGET), and what it is."""

    ids: Tensor
    targets: Tensor
    kinds: Tensor


def example_of(row: Mapping[str, Any]) -> Example:
    """The row's window. A line without a category of its own is ordinary."""
    lines = row["window"][:MOST_LINES]
    return Example(
        row["language"],
        tuple(compact_line(text) for text in lines),
        tuple(name or ORDINARY for name in row["line_categories"][: len(lines)]),
        tuple(number - 1 for number in row["target"]["evidence"] if number <= len(lines)),
        row["target"]["category"],
    )


def thinned(example: Example, rng: Random) -> Example:
    """Without a random part of the ordinary lines."""
    keep = rng.random() ** 2  # a third of them on average
    kept = [n for n, name in enumerate(example.classes) if name != ORDINARY or rng.random() < keep]
    places = {old: new for new, old in enumerate(kept)}
    return Example(
        example.language,
        tuple(example.lines[n] for n in kept),
        tuple(example.classes[n] for n in kept),
        tuple(places[n] for n in example.evidence),
        example.category,
    )


def sequence_of(example: Example, tokenizer: Tokenizer, rng: Random) -> tuple[list[int], list[int], list[int]]:
    """ids, targets and kinds of one window; words are dropped at random; so is the line pointed at."""
    rate = _MOST_DROPPED * rng.random()

    def encode(words: str) -> list[int]:
        ids = encode_plain(tokenizer, words)
        return [token for token in ids if rng.random() >= rate]

    window = compact_window(example.lines, example.language, encode)
    ids = [*window.ids, FIRST_LINE + rng.choice(example.evidence)]
    targets, kinds = [NO_TARGET] * len(ids), [0] * len(ids)
    for place, name in zip(window.ends, example.classes, strict=True):
        targets[place], kinds[place] = _CLASS_IDS[name], MARGIN
    targets[-2], kinds[-2] = ids[-1], POINTER
    targets[-1], kinds[-1] = _CLASS_IDS[example.category], CATEGORY
    return ids, targets, kinds


def batches(
    examples: Iterable[Example], tokenizer: Tokenizer, rng: Random, tokens: int, pool: int = 1024
) -> Iterator[Batch]:
    """Batches of about ``tokens`` tokens, padding included; windows of like length out of ``pool`` go together."""
    waiting: list[tuple[list[int], list[int], list[int]]] = []
    for example in examples:
        if example.evidence:
            waiting.append(sequence_of(thinned(example, rng), tokenizer, rng))
        if len(waiting) == pool:
            yield from _cut(waiting, tokens, rng)
            waiting = []
    yield from _cut(waiting, tokens, rng)


def _cut(waiting: Sequence[tuple[list[int], list[int], list[int]]], tokens: int, rng: Random) -> Iterator[Batch]:
    groups: list[list[tuple[list[int], list[int], list[int]]]] = [[]]
    for sequence in sorted(waiting, key=lambda parts: len(parts[0])):
        if (len(groups[-1]) + 1) * len(sequence[0]) > tokens and groups[-1]:
            groups.append([])
        groups[-1].append(sequence)
    rng.shuffle(groups)
    yield from (_padded(group) for group in groups if group)


def _padded(group: Sequence[tuple[list[int], list[int], list[int]]]) -> Batch:
    width = max(len(ids) for ids, _, _ in group)
    shape = (len(group), width)
    ids, targets, kinds = np.full(shape, PAD), np.full(shape, NO_TARGET), np.zeros(shape, np.int64)
    for row, (some, wanted, of_kind) in enumerate(group):
        ids[row, : len(some)], targets[row, : len(some)], kinds[row, : len(some)] = some, wanted, of_kind
    return Batch(*(torch.from_numpy(part) for part in (ids, targets, kinds)))
