"""Literals that a text must contain before a pattern can match it, read off the parsed pattern.

Why: Python's ``re`` tries a case-insensitive alternation at every position (0.1 ms a line and sign, 5 ms for all
signs); a substring test is some thousand times cheaper. Ordinary lines contain none of the literals and cost 0.1 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MIN_LITERAL_CHARS = 2

_Literals = frozenset[str]
_NONE: _Literals = frozenset()


def required_literals(pattern: str) -> tuple[str, ...]:
    """Case-folded literals of which every match contains at least one; empty: nothing can be said, always match."""
    return tuple(sorted(_of_sequence(parser.parse(pattern, re.IGNORECASE))))


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> _Literals:
    """The most telling set of literals among the parts of a sequence that must all be there."""
    best, run = _NONE, ""
    for op, value in items:
        if op is ops.LITERAL and (folded := chr(value).casefold()).isprintable():
            run += folded
            continue
        best, run = _better(best, _of_run(run)), ""
        best = _better(best, _of_item(op, value))
    return _better(best, _of_run(run))


def _of_run(run: str) -> _Literals:
    is_telling = len(run) >= MIN_LITERAL_CHARS or (run != "" and not run.isascii())
    return frozenset((run,)) if is_telling else _NONE


def _of_item(op: Any, value: Any) -> _Literals:
    if op is ops.SUBPATTERN:
        return _of_sequence(value[3])
    if op is ops.BRANCH:
        branches = [_of_sequence(branch) for branch in value[1]]
        return frozenset().union(*branches) if all(branches) else _NONE
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT) and value[0] >= 1:
        return _of_sequence(value[2])
    return _NONE


def _better(one: _Literals, other: _Literals) -> _Literals:
    """The set whose shortest literal is longer in UTF-8 bytes: a Chinese character tells as much as three letters."""
    return max(one, other, key=lambda literals: min((len(x.encode()) for x in literals), default=0))
