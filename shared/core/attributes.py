"""What a structured record says beside its message: numbers and short words, each under the name of its field.

In: a record (JSON or logfmt) as a mapping. Out: at most ATTRIBUTE_SLOTS pairs of (key, value), numbers first. A key
is the hash of a field's name, its lowest bit set where the value stands for a word: a word is its own hash, so that
nothing readable travels further than the message does. Durations with a unit become milliseconds. Ids, and what
names a process or a place in the code, are left out: they are no measure of anything. Never raises.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

ATTRIBUTE_SLOTS: Final = 8  # of a record that are kept
Attribute = tuple[int, float]

_MOST_LEAVES = 64  # of a record that are looked at
_LONGEST_REMEMBERED = 128  # characters of a name: hostile ones may be long, and are not worth the memory
_LARGEST = 1e15
_DEEPEST = 2  # levels of objects within objects that are opened
_IS_NAME_OF_ID = re.compile(
    r"(?:^|[._-])(?:id|[pugt]id|thread|threadid|seq|offset|line|lineno|port|version|flags)$|[a-z]I[dD]s?$|_ids$",
)
_SIGNS = frozenset("+-")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?")
_SPAN = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?\s?(?:ns|[uµμ]s|ms|s|m|h))+")
_SPAN_PART = re.compile(r"(\d+(?:\.\d+)?)\s?([a-zµμ]+)")
_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}
_WORD = re.compile(r"[^\W\d_](?:[^\W\d]|[-./]){0,23}")
_WORD_BITS = 0xFFFFFF  # what float32 holds exactly


def attributes_of(record: Mapping[str, Any], known: Container[str]) -> tuple[Attribute, ...]:
    """The attributes of ``record`` but for the fields in ``known``, which were read as something else.

    Fields of inner objects are called ``outer.inner`` and come after those of the outer ones.
    """
    numbers: list[Attribute] = []
    words: list[Attribute] = []
    open_objects: list[tuple[str, Mapping[str, Any]]] = [("", record)]
    leaves = 0
    for prefix, fields in open_objects:
        for key, value in fields.items():
            name = prefix + key if prefix else key
            if name in known:
                continue
            if not isinstance(value, str | int | float):
                if isinstance(value, Mapping) and prefix.count(".") < _DEEPEST:
                    open_objects.append((f"{name}.", value))
                continue
            keys = _keys_of(name) if len(name) <= _LONGEST_REMEMBERED else _keys_of.__wrapped__(name)
            if keys is None:
                continue
            leaves += 1
            if leaves > _MOST_LEAVES:
                return tuple((numbers + words)[:ATTRIBUTE_SLOTS])
            if isinstance(value, bool):
                words.append((keys.of_word, _word(str(value))))
            elif (number := _number(value) if isinstance(value, str) else value) is not None:
                if abs(number) < _LARGEST:  # never so for what is not a number
                    numbers.append((keys.of_number, float(number)))
            elif isinstance(value, str) and _WORD.fullmatch(value):
                words.append((keys.of_word, _word(value)))
    return tuple((numbers + words)[:ATTRIBUTE_SLOTS])


class _Keys(NamedTuple):
    """The keys of one field's values."""

    of_number: int
    of_word: int


@lru_cache(maxsize=4096)
def _keys_of(name: str) -> _Keys | None:
    """None for a field that holds an id."""
    if _IS_NAME_OF_ID.search(name) is not None:
        return None
    return _Keys(_hash(name) & ~1, _hash(name) | 1)


def _number(text: str) -> float | None:
    """The number that is all of ``text``; a duration in milliseconds."""
    if not text[:1].isdigit():
        return float(text) if text[:1] in _SIGNS and _NUMBER.fullmatch(text) else None
    if _NUMBER.fullmatch(text):
        return float(text)
    if _SPAN.fullmatch(text):
        return sum(float(number) * _MILLISECONDS.get(unit, 1.0) for number, unit in _SPAN_PART.findall(text))
    return None


def _word(value: str) -> float:
    return float(_hash(value) & _WORD_BITS)


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
