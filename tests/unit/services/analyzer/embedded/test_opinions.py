"""What each reader says, in columns that can be weighed."""

from __future__ import annotations

import numpy as np
from flag_builders import among_calm
from tiny_readers import tiny_language_reader, tiny_line_model, tiny_window_reader

from services.analyzer.embedded.opinions import (
    CATEGORIES,
    CATEGORY_COLUMNS,
    EVIDENCE_COLUMNS,
    Said,
    opinions_of,
    votes,
)
from services.analyzer.rules import explain
from shared.core.compact_window import MOST_LINES
from shared.core.taxonomy import Category

LINES = ["INFO job started", "ERROR store - write failed: No space left on device"]


def columns(reader: str, names: tuple[str, ...]) -> list[int]:
    return [index for index, name in enumerate(names) if name.startswith(reader)]


def test_reader_that_is_not_there_says_nothing() -> None:
    found = opinions_of([1, 2], Said(linear=tiny_line_model().read(LINES)))
    for reader in ("language", "window", "rules"):
        assert not found.evidence[:, columns(reader, EVIDENCE_COLUMNS)].any()
        assert not found.category[:, :, columns(reader, CATEGORY_COLUMNS)].any()
    assert found.evidence[:, columns("linear", EVIDENCE_COLUMNS)].any()


def test_rules_point_at_their_lines_and_name_their_category() -> None:
    rules = explain(among_calm(LINES[1]))
    found = opinions_of([3, 4], Said(rules=rules))
    assert rules.evidence == (4,)
    assert found.evidence[:, EVIDENCE_COLUMNS.index("rules")].tolist() == [0.0, 1.0]
    named = votes(found, 0)[-1]
    assert CATEGORIES[int(named.argmax())] is rules.category is Category.DISK_FULL


def test_linear_model_names_at_each_line_what_it_makes_of_it() -> None:
    reading = tiny_line_model().read(LINES)
    found = opinions_of([1, 2], Said(linear=reading))
    order = list(reading.shares)
    for line in range(2):
        named = found.category[line, :, CATEGORY_COLUMNS.index("linear_line")].argmax()
        assert CATEGORIES[int(named)] is order[int(reading.log_odds[line].argmax())]
    window = found.category[0, :, CATEGORY_COLUMNS.index("linear_window")]
    assert CATEGORIES[int(window.argmax())] is max(reading.shares, key=lambda name: reading.shares[name])


def test_lines_that_the_language_model_had_no_number_for_are_the_least_likely() -> None:
    lines = ["INFO job started"] * (MOST_LINES + 3)
    found = opinions_of(list(range(1, len(lines) + 1)), Said(tiny_language_reader().read(lines, "en")))
    pointer = found.evidence[:, EVIDENCE_COLUMNS.index("language_pointer")]
    assert len(pointer) == MOST_LINES + 3
    assert pointer[MOST_LINES:].max() <= pointer[:MOST_LINES].min()


def test_everything_is_finite_whatever_a_reader_is_sure_of() -> None:
    linear = tiny_line_model().read(LINES)
    window = tiny_window_reader().read(LINES, linear.log_odds)
    found = opinions_of([1, 2], Said(tiny_language_reader().read(LINES, "en"), window, linear))
    assert np.isfinite(found.evidence).all()
    assert np.isfinite(found.category).all()


def test_window_reader_says_what_it_said_whatever_the_order_of_categories() -> None:
    linear = tiny_line_model().read(LINES)
    window = tiny_window_reader().read(LINES, linear.log_odds)
    found = opinions_of([1, 2], Said(window=window, linear=linear))
    assert found.evidence[:, EVIDENCE_COLUMNS.index("window_pointer")].argmax() == window.evidence.argmax()
    order = list(linear.shares)
    for line in range(2):
        named = found.category[line, :, CATEGORY_COLUMNS.index("window_reply")].argmax()
        assert CATEGORIES[int(named)] is order[int(window.category[line].argmax())]
