"""Wording for a category that the rules did not choose: its name, the line cited first, its usual cause.

In: a category, the evidence, the flag. Out: the three texts; every word of a line in them is copied from it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.analyzer import wording
from services.analyzer.displaying import shown
from services.analyzer.spans import message_of
from shared.core.records import Flag
from shared.core.taxonomy import TAXONOMY, Category, Language

_TITLE_QUOTE_CHARS = 70


@dataclass(frozen=True, slots=True)
class SlotTexts:
    """The texts of an analysis."""

    title: str
    explanation: str
    probable_cause: str


def slot_texts(category: Category, evidence: Sequence[int], flag: Flag, language: Language) -> SlotTexts:
    """The texts for ``category``; quoted is the first of ``evidence`` that the flag has: the most telling line."""
    info = TAXONOMY[category]
    events = {event.number: event for event in flag.events}
    first = next((events[number] for number in evidence if number in events), None)
    if first is None:
        return SlotTexts(info.name[language], info.cause[language], info.cause[language])
    text = shown(first.text)
    quote = wording.excerpt(text.split("\n")[0])
    return SlotTexts(
        title=wording.title_of(category, title_quote(text), (), language),
        explanation=wording.sentence_of(first.number, info.name[language].lower(), quote, language),
        probable_cause=info.cause[language],
    )


def title_quote(text: str) -> str:
    """What a title quotes of a line that is fit to be shown: its message, without stamp and origin."""
    message = message_of(text).strip()
    return f"“{wording.excerpt(message.partition(chr(10))[0], limit=_TITLE_QUOTE_CHARS)}”"
