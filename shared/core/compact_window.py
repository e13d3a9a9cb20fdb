"""A window as the embedded language model reads it: masked lines between control tokens, as short as it can be.

In: lines of log text and an encoder for plain text. Out: token ids, and where each line ends. Trainer and analyzer
both read through here, so that a model meets at work what it met in training.

    <lang> <line 1> <level> words of the line <end> <line 2> ... <end> <ask>  ->  <line k> <category>

Control tokens are numbers below ``CONTROL_TOKENS`` and are put in here, by number. The encoder must give no such
number for any text: a line that spells one out is words like any other. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.core.normalising import template_of
from shared.core.parsing import LineParser
from shared.core.records import Level
from shared.core.taxonomy import LANGUAGES, Category, Language

VERSION: Final = 1  # an artefact names the version that it was trained with
MOST_LINES: Final = 32
MOST_LINE_TOKENS: Final = 48
_HEAD_TOKENS: Final = 32  # of a line that is too long; the rest is taken from its end
# What a line can be: a category, or ordinary work that is no trouble and denies none.
ORDINARY: Final = "ordinary"
LINE_CLASSES: Final = (*(category.value for category in Category), ORDINARY)

_LEVELS = ("none", *(level.name.lower() for level in Level))
_NAMES = (
    "pad", "ask", "end",
    *(f"language {name}" for name in LANGUAGES),
    *(f"level {name}" for name in _LEVELS),
    *(f"line {number}" for number in range(1, MOST_LINES + 1)),
    *(f"is {name}" for name in LINE_CLASSES),
)  # fmt: skip
CONTROL_NAMES: Final = tuple(f"<|{name}|>" for name in _NAMES)
CONTROL_TOKENS: Final = len(CONTROL_NAMES)
PAD, ASK, END = 0, 1, 2
FIRST_LINE: Final = _NAMES.index("line 1")
FIRST_CLASS: Final = _NAMES.index(f"is {LINE_CLASSES[0]}")
_FIRST_LANGUAGE = 3
_FIRST_LEVEL = _NAMES.index("level none")
_ANGLES = str.maketrans({"‹": "<", "›": ">"})  # as they stood before log text was made harmless for a chat model

Encode = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class CompactLine:
    """``level`` is one of the control tokens; ``words`` the message without stamps and origin, variables masked."""

    level: int
    words: str


@dataclass(frozen=True, slots=True)
class CompactWindow:
    """``ids`` end with ASK. ``ends`` are the places of the lines' END, in order: what is known of a line by then."""

    ids: tuple[int, ...]
    ends: tuple[int, ...]


def compact_line(text: str) -> CompactLine:
    """ "2026-03-07 21:04:57 ERROR [main] read of /a/b took 12 s" -> error, "read of <PATH> took <NUM> s"."""
    event = LineParser().parse(text.translate(_ANGLES), 0)
    rank = 0 if event.level is None else 1 + int(event.level)
    return CompactLine(_FIRST_LEVEL + rank, template_of(event.message))


def line_tokens(number: int, line: CompactLine, encode: Encode) -> list[int]:
    """``number`` counts from 1 to MOST_LINES within what is shown."""
    words = list(encode(line.words))
    if len(words) > MOST_LINE_TOKENS:
        words = words[:_HEAD_TOKENS] + words[_HEAD_TOKENS - MOST_LINE_TOKENS :]
    return [FIRST_LINE + number - 1, line.level, *words, END]


def compact_window(lines: Sequence[CompactLine], language: Language, encode: Encode) -> CompactWindow:
    """The first MOST_LINES of ``lines``."""
    ids = [_FIRST_LANGUAGE + LANGUAGES.index(language)]
    ends = []
    for number, line in enumerate(lines[:MOST_LINES], 1):
        ids += line_tokens(number, line, encode)
        ends.append(len(ids) - 1)
    return CompactWindow((*ids, ASK), tuple(ends))
