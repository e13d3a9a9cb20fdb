"""Wording for a category that the rules did not choose: its name, the first cited line, its usual cause.

In: a category, the evidence, the flag. Out: the three texts; every word of a line in them is copied from it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.analyzer import wording
from services.analyzer.displaying import shown
from shared.core.records import Flag
from shared.core.taxonomy import TAXONOMY, Category, Language


@dataclass(frozen=True, slots=True)
class SlotTexts:
    """The texts of an analysis."""

    title: str
    explanation: str
    probable_cause: str


def slot_texts(category: Category, evidence: Sequence[int], flag: Flag, language: Language) -> SlotTexts:
    """The texts for ``category``; ``evidence`` cites at least one of the flag's lines, or none."""
    info = TAXONOMY[category]
    first = next((event for event in flag.events if event.number in evidence), None)
    if first is None:
        return SlotTexts(info.name[language], info.cause[language], info.cause[language])
    quote = wording.excerpt(shown(first.text.split("\n")[0]))
    return SlotTexts(
        title=wording.title_of(category, f"“{wording.excerpt(quote, limit=70)}”", (), language),
        explanation=wording.sentence_of(first.number, info.name[language].lower(), quote, language),
        probable_cause=info.cause[language],
    )
