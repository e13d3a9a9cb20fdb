"""A language model's text as plain text: no markup, link, control token or secret, nothing invisible.

In: any text. Out: one line that is safe to show anywhere as text; ``LINK`` stands where an address was. Pure.
"""

from __future__ import annotations

import re

from services.analyzer.fencing import neutralise
from services.analyzer.masking import mask_secrets

LINK = "[link]"
_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!?\[([^\]\n]{0,200})\]\s?\([^)\n]{0,2000}\)"), r"\1"),
    (re.compile(r"<[^<>\n]{0,2000}>"), " "),
    (
        re.compile(
            r"\b(?:https?|ftp|file|javascript|data|vbscript)\s?:\s?/{0,3}[^\s，。、）)]{1,2000}", re.IGNORECASE
        ),
        LINK,
    ),
    (re.compile(r"\bwww\.[^\s，。、）)]{1,2000}", re.IGNORECASE), LINK),
    (re.compile(r"```\w*|`|\*\*|__|~~"), ""),
    (re.compile(r"^\s{0,3}#{1,6}\s+", re.MULTILINE), ""),
)


def clean_text(text: str, limit: int) -> str:
    """Plain text of at most ``limit`` characters."""
    text = text[: limit * 8]
    for _ in range(3):  # what is left of nested markup may be markup again
        before = text
        for pattern, replacement in _MARKUP:
            text = pattern.sub(replacement, text)
        if text == before:
            break
    text = neutralise(mask_secrets(text)).replace("⏎", " ")
    return re.sub(r"\s+", " ", text).strip()[:limit]
