"""What the readers make of one window, side by side: the language model, the linear model of lines, the rules.

A Line table of numbers for each field, one column for each way of reading; ``mixing`` weighs the columns. A reader that is
not there leaves its columns at zero, which says nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.analyzer.embedded.language_reader import LanguageReading
from services.analyzer.schemas import Analysis
from shared.core.compact_window import LINE_CLASSES, ORDINARY
from shared.core.taxonomy import Category

FloatArray = NDArray[np.float32]
# What a line of text can show by itself; the other categories are a matter of numbers and order, which rules read.
BEHAVIOURAL: Final = frozenset((Category.NEW_BEHAVIOUR, Category.MISSING_EVENTS, Category.VOLUME_CHANGE))
CATEGORIES: Final = tuple(category for category in Category if category not in BEHAVIOURAL)
EVIDENCE_COLUMNS: Final = ("language_pointer", "language_lines", "linear_lines", "rules")
CATEGORY_COLUMNS: Final = ("language_reply", "language_lines", "linear_line", "linear_window", "rules")

_CLASS_COLUMNS = [LINE_CLASSES.index(category.value) for category in CATEGORIES]
_ORDINARY = LINE_CLASSES.index(ORDINARY)
_LEAST = 1e-4  # no reader is surer than this


@dataclass(frozen=True, slots=True)
class Opinions:
    """evidence (lines, EVIDENCE_COLUMNS); category (lines, CATEGORIES, CATEGORY_COLUMNS) if that line is the evidence.

    Higher is likelier; zero in a whole column is no opinion.
    """

    evidence: FloatArray
    category: FloatArray


def opinions_of(
    numbers: Sequence[int], language: LanguageReading | None, linear: FloatArray | None, rules: Analysis | None
) -> Opinions:
    """numbers  of the lines read, as evidence cites them      linear  (lines, LINE_CLASSES) probabilities"""
    lines = len(numbers)
    evidence = np.zeros((lines, len(EVIDENCE_COLUMNS)), np.float32)
    category = np.zeros((lines, len(CATEGORIES), len(CATEGORY_COLUMNS)), np.float32)
    if language is not None:
        evidence[:, 0] = _at_least(np.exp(language.evidence))
        evidence[:, 1] = _odds_of_trouble(np.exp(language.classes))
        category[:, :, 0] = _at_least(np.exp(language.category[:, _CLASS_COLUMNS]))
        category[:, :, 1] = _among_troubles(np.exp(language.classes))
    if linear is not None:
        odds = _odds_of_trouble(linear)
        evidence[:, 2] = odds
        category[:, :, 2] = _among_troubles(linear)
        weights = np.exp(odds - odds.max())
        window = (weights[:, None] * linear[:, _CLASS_COLUMNS]).sum(0) / weights.sum()
        category[:, :, 3] = _at_least(window / max(float(window.sum()), _LEAST))[None, :]
    if rules is not None:
        evidence[:, 3] = [float(number in rules.evidence) for number in numbers]
        if rules.category in CATEGORIES:
            category[:, CATEGORIES.index(rules.category), 4] = rules.confidence
    return Opinions(evidence, category)


def _at_least(shares: FloatArray) -> FloatArray:
    logs: FloatArray = np.log(np.maximum(shares, _LEAST)).astype(np.float32)
    return logs


def _odds_of_trouble(classes: FloatArray) -> FloatArray:
    ordinary = np.clip(classes[:, _ORDINARY], _LEAST, 1 - _LEAST)
    odds: FloatArray = np.log((1 - ordinary) / ordinary).astype(np.float32)
    return odds


def _among_troubles(classes: FloatArray) -> FloatArray:
    """(lines, CATEGORIES) logs of shares, given that the line is not ordinary."""
    some = classes[:, _CLASS_COLUMNS]
    return _at_least(some / np.maximum(some.sum(1, keepdims=True), _LEAST))
