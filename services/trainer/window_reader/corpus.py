"""Generated windows as the window reader learns from them: each distinct line once, windows as rows of line numbers.

In: counts of windows and a seed. Out: a Corpus. ``fold`` says of each line of a training window which part of the
templates it comes from: readers of lines are fitted without that part, so that the network sees of every line what
readers make of templates that they never met. Small systems fall into one fold whole, large ones by template, which
is how validation and test were held out.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.incidents.answers import answer_of, shown_as_written
from services.trainer.datasets.incidents.compose import MOST_LINES, Line, Window, compose
from services.trainer.datasets.incidents.pools import pools_of
from services.trainer.datasets.incidents.splitting import Split, family_of
from services.trainer.line_rows import ORDINARY
from shared.core.line_features import LineFeaturiser, features_of
from shared.core.normalising import template_of
from shared.core.records import Level
from shared.core.taxonomy import Category

FOLDS = 4
_SMALL_SYSTEM = 0.01  # of all lines
IntArray = NDArray[np.int64]


@dataclass(slots=True)
class Lines:
    """Distinct lines: feature numbers, masked text, level."""

    features: list[NDArray[np.int32]] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    levels: list[Level | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True, slots=True)
class Windows:
    """W windows of up to MOST_LINES lines.

    lines (W, L) numbers of distinct lines, 0 on padding   is_there (W, L)   line_class (W, L), 0 is ordinary
    fold (W, L)   is_evidence (W, L)   category (W,), from 0   kind  of each window, for the report
    """

    lines: IntArray
    is_there: NDArray[np.bool_]
    line_class: IntArray
    fold: IntArray
    is_evidence: NDArray[np.bool_]
    category: IntArray
    kind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    lines: Lines
    categories: tuple[Category, ...]
    windows: Mapping[Split, Windows]


def draw_corpus(counts: Mapping[Split, int], categories: tuple[Category, ...], seed: int) -> Corpus:
    """``categories`` in the order of the line model. The same arguments give the same corpus."""
    book = _Book()
    drawn = {
        split: [compose(pools_of(split), Random(f"window reader/{seed}/{split.value}/{n}")) for n in range(count)]
        for split, count in counts.items()
    }
    sizes = Counter(family_of(line.system) for window in drawn[Split.TRAIN] for line in window.lines)
    number = {ORDINARY: 0} | {category.value: at for at, category in enumerate(categories, start=1)}
    windows = {split: _rows(found, book, number, sizes) for split, found in drawn.items()}
    return Corpus(book.lines, categories, windows)


class _Book:
    """Distinct lines by level and template."""

    def __init__(self) -> None:
        self.lines = Lines()
        self._known: dict[tuple[Level | None, str], int] = {}
        self._featuriser = LineFeaturiser()

    def number_of(self, text: str) -> int:
        event = self._featuriser.parse(text)
        template = template_of(event.message)
        key = (event.level, template)
        if key not in self._known:
            self._known[key] = len(self.lines)
            self.lines.features.append(features_of(event))
            self.lines.templates.append(template)
            self.lines.levels.append(event.level)
        return self._known[key]


def _rows(found: list[Window], book: _Book, number: Mapping[str, int], sizes: Counter[str]) -> Windows:
    shape = (len(found), MOST_LINES)
    lines, line_class, fold = (np.zeros(shape, np.int64) for _ in range(3))
    is_there, is_evidence = np.zeros(shape, bool), np.zeros(shape, bool)
    category = np.zeros(len(found), np.int64)
    for row, window in enumerate(found):
        answer = answer_of(window, shown_as_written(window))
        category[row] = number[answer["category"]] - 1
        is_evidence[row, [place - 1 for place in answer["evidence"]]] = True
        for place, line in enumerate(window.lines):
            lines[row, place] = book.number_of(line.text)
            line_class[row, place] = number[line.category.value if line.category else ORDINARY]
            fold[row, place] = _fold_of(line, sizes)
            is_there[row, place] = True
    kinds = tuple(window.kind.value for window in found)
    return Windows(lines, is_there, line_class, fold, is_evidence, category, kinds)


def _fold_of(line: Line, sizes: Counter[str]) -> int:
    family = family_of(line.system)
    is_small = sizes[family] < _SMALL_SYSTEM * sizes.total()
    return zlib.crc32((family if is_small else line.template_ids[0]).encode()) % FOLDS
