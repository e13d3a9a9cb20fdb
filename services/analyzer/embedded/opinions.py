"""What the readers make of one window, side by side: the language model, the linear model of lines, the rules.

One number for each line, or each line and category, in one column for each way of reading; ``mixing`` weighs the
columns. A reader that is not there leaves its columns at zero, which says nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.analyzer.embedded.language_reader import LanguageReading
from services.analyzer.line_model import LineReading
from services.analyzer.schemas import Analysis
from shared.core.compact_window import LINE_CLASSES, ORDINARY
from shared.core.taxonomy import Category

FloatArray = NDArray[np.float32]
# What a line of text can show by itself; the others are a matter of numbers and order, which only the rules read.
BEHAVIOURAL: Final = frozenset((Category.NEW_BEHAVIOUR, Category.MISSING_EVENTS, Category.VOLUME_CHANGE))
CATEGORIES: Final = tuple(category for category in Category if category not in BEHAVIOURAL)
EVIDENCE_COLUMNS: Final = ("language_pointer", "language_lines", "linear_trouble", "linear_likely", "rules")
CATEGORY_COLUMNS: Final = ("language_reply", "language_lines", "linear_line", "linear_window", "rules")
# Which columns belong to which reader, by their first word.
READERS: Final = ("language", "linear", "rules")

_VOTES = ("language_reply", "linear_window", "rules")
_CLASS_COLUMNS = [LINE_CLASSES.index(category.value) for category in CATEGORIES]
_ORDINARY = LINE_CLASSES.index(ORDINARY)
_LEAST = 1e-4  # no reader is surer than this


@dataclass(frozen=True, slots=True)
class Opinions:
    """evidence (lines, EVIDENCE_COLUMNS)   category (lines, CATEGORIES, CATEGORY_COLUMNS), if it is that line.

    Higher is likelier.
    """

    evidence: FloatArray
    category: FloatArray


def opinions_of(
    numbers: Sequence[int], language: LanguageReading | None, linear: LineReading | None, rules: Analysis | None
) -> Opinions:
    """``numbers`` of the lines that were read, as evidence cites them, ascending."""
    lines = len(numbers)
    evidence = np.zeros((lines, len(EVIDENCE_COLUMNS)), np.float32)
    category = np.zeros((lines, len(CATEGORIES), len(CATEGORY_COLUMNS)), np.float32)
    if language is not None:
        read = len(language.evidence)  # the model reads no more lines than it has numbers for
        evidence[:, 0] = np.log(_LEAST)
        evidence[:read, 0] = _logs(np.exp(language.evidence))
        evidence[:read, 1] = _odds_of_trouble(np.exp(language.classes))
        category[:read, :, 0] = _logs(np.exp(language.category[:, _CLASS_COLUMNS]))
        category[:read, :, 1] = _among_troubles(np.exp(language.classes))
    if linear is not None:
        order = list(linear.shares)
        places = [order.index(name) if name in linear.shares else -1 for name in CATEGORIES]
        evidence[:, 2] = linear.trouble
        window = np.array(list(linear.shares.values()), np.float32)
        evidence[:, 3] = linear.log_odds @ window
        shares = _softmax(linear.log_odds)
        for column, place in enumerate(places):
            category[:, column, 2] = _logs(shares[:, place]) if place >= 0 else np.log(_LEAST)
            category[:, column, 3] = _logs(window[place : place + 1]) if place >= 0 else np.log(_LEAST)
    if rules is not None:
        evidence[:, 4] = [float(number in rules.evidence) for number in numbers]
        if rules.category in CATEGORIES:
            category[:, CATEGORIES.index(rules.category), 4] = rules.confidence
    return Opinions(evidence, category)


def votes(opinions: Opinions, line: int) -> list[FloatArray]:
    """(CATEGORIES,) of each reader, in its most considered column, if ``line`` (from 0) is the evidence."""
    return [opinions.category[line, :, CATEGORY_COLUMNS.index(name)] for name in _VOTES]


def _logs(shares: FloatArray) -> FloatArray:
    logs: FloatArray = np.log(np.maximum(shares, _LEAST)).astype(np.float32)
    return logs


def _softmax(logits: FloatArray) -> FloatArray:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _odds_of_trouble(classes: FloatArray) -> FloatArray:
    ordinary = np.clip(classes[:, _ORDINARY], _LEAST, 1 - _LEAST)
    odds: FloatArray = np.log((1 - ordinary) / ordinary).astype(np.float32)
    return odds


def _among_troubles(classes: FloatArray) -> FloatArray:
    """(lines, CATEGORIES) logs of shares, given that the line is not ordinary."""
    some = classes[:, _CLASS_COLUMNS]
    return _logs(some / np.maximum(some.sum(1, keepdims=True), _LEAST))
