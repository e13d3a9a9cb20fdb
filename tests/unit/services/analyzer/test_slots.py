"""Texts for a category that the rules did not choose."""

from __future__ import annotations

from flag_builders import a_flag

from services.analyzer.slots import slot_texts, title_quote
from shared.core.taxonomy import Category

LINES = [
    "2025-03-04 10:00:00 INFO mem - 1 ddr error detected and corrected",
    "2025-03-04 10:00:01 FATAL boot - program image is missing",
]


def test_the_line_cited_first_is_quoted_not_the_first_of_the_window() -> None:
    said = slot_texts(Category.SERVICE_CRASH, (2, 1), a_flag(LINES), "en")
    assert "program image is missing" in said.title
    assert said.explanation.startswith("Line 2")


def test_a_title_quotes_the_message_without_its_stamp() -> None:
    assert title_quote(LINES[1]) == "“program image is missing”"
    assert title_quote("2025-03-04 10:00:01 ERROR a - first\nat b.C(D.java:1)") == "“first”"


def test_without_lines_the_category_speaks() -> None:
    said = slot_texts(Category.DISK_FULL, (), a_flag(LINES), "en")
    assert said.title == "Disk full"
