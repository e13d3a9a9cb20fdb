"""Which of the two languages a window is written in."""

from __future__ import annotations

from collections.abc import Sequence

from shared.core.taxonomy import Language

MIN_HAN_CHARS = 2
MIN_SHARE = 0.25


def count_han(text: str) -> int:
    """Characters in the block of common Chinese ideographs."""
    return 0 if text.isascii() else sum("\u4e00" <= char <= "\u9fff" for char in text)


def language_of(texts: Sequence[str]) -> Language:
    """``zh`` if at least a quarter of the lines hold Chinese words: a Chinese system logs in English, too."""
    chinese = sum(count_han(text) >= MIN_HAN_CHARS for text in texts)
    return "zh" if chinese and chinese >= MIN_SHARE * len(texts) else "en"
