"""The phrases of faults and of plain traffic: ``faults.toml`` and ``traffic.toml``, read and checked once.

Raises ScriptError for a phrase without a level, an unknown part or placeholder, or a category that is none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from services.trainer.datasets.incidents.templates import PLACEHOLDERS
from shared.core.taxonomy import Category, Language

_HERE = Path(__file__).parent
_LEVELS = {"D": "DEBUG", "I": "INFO", "W": "WARN", "E": "ERROR"}
# Names that a story gives a value to; all others are those of incidents/values.py.
STORY_NAMES = frozenset(
    ("slow", "full", "deep", "attempt", "ms_ok", "few", "low", "wait", "peer", "self_peer", "req")
)
_SLOT = re.compile(r"\{(\w+)\}")


class ScriptError(ValueError):
    """The TOML files do not hold what they should."""


class Part(StrEnum):
    """What a line of a story does in it."""

    SIGN = "sign"
    TROUBLE = "trouble"
    SPREAD = "spread"
    CURE = "cure"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line's message with placeholders, and its level as layouts.Entry wants it."""

    level: str
    text: str


Phrases = Mapping[str, tuple[Phrase, ...]]


@cache
def load_faults() -> Mapping[Category, Mapping[Language, Phrases]]:
    """Phrases of every fault, by language and Part."""
    read = _read("faults.toml", frozenset(Part))
    try:
        return {Category(name): languages for name, languages in read.items()}
    except ValueError as error:
        raise ScriptError("faults.toml names what is no category") from error


@cache
def load_traffic() -> Mapping[Language, Phrases]:
    """routine, slow and benign phrases, by language."""
    found: Mapping[Language, Phrases] = _languages(_toml("traffic.toml"), frozenset(("routine", "slow", "benign")))
    return found


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text("utf-8"))


def _read(name: str, parts: frozenset[str]) -> dict[str, Mapping[Language, Phrases]]:
    return {key: _languages(value, parts) for key, value in _toml(name).items()}


def _languages(table: dict[str, Any], parts: frozenset[str]) -> Mapping[Language, Phrases]:
    if set(table) != {"en", "zh"}:
        raise ScriptError("every part is written in en and zh")
    found: dict[Language, Phrases] = {}
    for language in ("en", "zh"):
        if set(table[language]) != parts:
            raise ScriptError(f"the parts are {', '.join(sorted(parts))}")
        found[language] = {part: tuple(map(_phrase, lines)) for part, lines in table[language].items()}
    return found


def _phrase(line: str) -> Phrase:
    level, _, text = line.partition(" ")
    unknown = set(_SLOT.findall(text)) - STORY_NAMES - PLACEHOLDERS
    if level not in _LEVELS or not text or unknown:
        raise ScriptError(f"neither level nor known names: {line!r}")
    return Phrase(_LEVELS[level], text)


def fill(phrase: Phrase, value: Mapping[str, str]) -> str:
    """The message. ``value`` is asked for each name once per place."""
    return _SLOT.sub(lambda slot: value[slot[1]], phrase.text)
