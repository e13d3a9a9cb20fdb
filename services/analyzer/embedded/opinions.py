"""What the readers make of one window, side by side: language model, window reader, line model, rules.

One number for each line, or each line and category, in one column for each way of reading; ``mixing`` weighs the
columns. A reader that is not there leaves its columns at zero, which says nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.analyzer.embedded.language_reader import LanguageReading
from services.analyzer.line_model import LineReading
from services.analyzer.schemas import Analysis
from shared.core.compact_window import LINE_CLASSES, ORDINARY
from shared.core.taxonomy import Category
from shared.core.window_network import WindowReading

FloatArray = NDArray[np.float32]
Float = TypeVar("Float", np.float32, np.float64)
# What a line of text can show by itself; the others are a matter of numbers and order, which only the rules read.
BEHAVIOURAL: Final = frozenset((Category.NEW_BEHAVIOUR, Category.MISSING_EVENTS, Category.VOLUME_CHANGE))
CATEGORIES: Final = tuple(category for category in Category if category not in BEHAVIOURAL)
EVIDENCE_COLUMNS: Final = (
    "language_pointer", "language_lines", "window_pointer", "linear_trouble", "linear_likely", "rules",
)  # fmt: skip
CATEGORY_COLUMNS: Final = (
    "language_reply", "language_lines", "window_reply", "linear_line", "linear_window", "rules",
)  # fmt: skip
# Which columns belong to which reader, by their first word.
READERS: Final = ("language", "window", "linear", "rules")

_VOTES = ("language_reply", "window_reply", "linear_window", "rules")
_CLASS_COLUMNS = [LINE_CLASSES.index(category.value) for category in CATEGORIES]
_ORDINARY = LINE_CLASSES.index(ORDINARY)
_LEAST = 1e-4  # no reader is surer than this
_LANGUAGE, _WINDOW, _LINEAR, _RULES = 0, 2, 3, 5  # the first column of each, alike for lines and categories


@dataclass(frozen=True, slots=True)
class Opinions:
    """evidence (lines, EVIDENCE_COLUMNS)   category (lines, CATEGORIES, CATEGORY_COLUMNS), if it is that line.

    Higher is likelier.
    """

    evidence: FloatArray
    category: FloatArray


@dataclass(frozen=True, slots=True)
class Said:
    """What each reader said of the lines; None where it is not there.

    window  with the categories in the order of ``linear.shares``, behind whose reading it reads
    """

    language: LanguageReading | None = None
    window: WindowReading | None = None
    linear: LineReading | None = None
    rules: Analysis | None = None


def opinions_of(numbers: Sequence[int], said: Said) -> Opinions:
    """``numbers`` of the lines that were read, as evidence cites them, ascending."""
    language, linear, rules = said.language, said.linear, said.rules
    lines = len(numbers)
    evidence = np.zeros((lines, len(EVIDENCE_COLUMNS)), np.float32)
    category = np.zeros((lines, len(CATEGORIES), len(CATEGORY_COLUMNS)), np.float32)
    if language is not None:
        read = len(language.evidence)  # the model reads no more lines than it has numbers for
        evidence[:, _LANGUAGE] = np.log(_LEAST)
        evidence[:read, _LANGUAGE] = _logs(np.exp(language.evidence))
        evidence[:read, _LANGUAGE + 1] = _odds_of_trouble(np.exp(language.classes))
        category[:read, :, _LANGUAGE] = _logs(np.exp(language.category[:, _CLASS_COLUMNS]))
        category[:read, :, _LANGUAGE + 1] = _among_troubles(np.exp(language.classes))
    if linear is not None:
        order = list(linear.shares)
        places = [order.index(name) if name in linear.shares else -1 for name in CATEGORIES]
        evidence[:, _LINEAR] = linear.trouble
        window = np.array(list(linear.shares.values()), np.float32)
        evidence[:, _LINEAR + 1] = linear.log_odds @ window
        category[:, :, _LINEAR] = _placed(softmax(linear.log_odds), places)
        category[:, :, _LINEAR + 1] = _placed(window[None], places)
        if said.window is not None:
            read = len(said.window.evidence)
            evidence[:, _WINDOW] = np.log(_LEAST)
            evidence[:read, _WINDOW] = _logs(np.exp(said.window.evidence))
            category[:read, :, _WINDOW] = _placed(np.exp(said.window.category), places)
    if rules is not None:
        evidence[:, _RULES] = [float(number in rules.evidence) for number in numbers]
        if rules.category in CATEGORIES:
            category[:, CATEGORIES.index(rules.category), _RULES] = rules.confidence
    return Opinions(evidence, category)


def votes(opinions: Opinions, line: int) -> list[FloatArray]:
    """(CATEGORIES,) of each reader, in its most considered column, if ``line`` (from 0) is the evidence."""
    return [opinions.category[line, :, CATEGORY_COLUMNS.index(name)] for name in _VOTES]


def _logs(shares: FloatArray) -> FloatArray:
    logs: FloatArray = np.log(np.maximum(shares, _LEAST)).astype(np.float32)
    return logs


def _placed(shares: FloatArray, places: Sequence[int]) -> FloatArray:
    """(n, CATEGORIES) logs of ``shares`` (n, k) by their place among them; -1: it is not among them."""
    logs = np.full((len(shares), len(places)), np.log(_LEAST), np.float32)
    known = [column for column, place in enumerate(places) if place >= 0]
    logs[:, known] = _logs(shares[:, [places[column] for column in known]])
    return logs


def softmax(logits: NDArray[Float]) -> NDArray[Float]:
    """Over the last axis, in the precision that was given."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[Float] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _odds_of_trouble(classes: FloatArray) -> FloatArray:
    ordinary = np.clip(classes[:, _ORDINARY], _LEAST, 1 - _LEAST)
    odds: FloatArray = np.log((1 - ordinary) / ordinary).astype(np.float32)
    return odds


def _among_troubles(classes: FloatArray) -> FloatArray:
    """(lines, CATEGORIES) logs of shares, given that the line is not ordinary."""
    some = classes[:, _CLASS_COLUMNS]
    return _logs(some / np.maximum(some.sum(1, keepdims=True), _LEAST))
