"""What a stack trace says: its first line, its exceptions and the one at the root; the frames are left out.

Java and Kotlin ("Caused by", "nested exception is"), Python (chained too), Go, Node ("[cause]"), Rust, .NET ("--->").
"""

# ruff: noqa: E501 (a pattern broken over lines is harder to read than a long one)

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_PART_CHARS = 1200
MAX_PARTS = 12

_FRAME = re.compile(
    r"\s*(?:at\s+\S|\.{3} \d+ (?:more|common)|File \"[^\"\n]{0,300}\", line \d+|\d+: +0x|goroutine \d+ \[(?!running)|"
    r"\S{1,300}\.go:\d+|stack backtrace|note: run with|Suppressed:|\^+\s*$|created by )"
)
_GO_FRAME = re.compile(r"[\w./*()\[\]-]+\([^)]{0,200}\)$")
_CAUSE = re.compile(r"^\s*(?:Caused by:|\[cause\]:|--->|Cause:|根因[:：]|原因[:：])\s*", re.IGNORECASE)
_RAISED = re.compile(
    r"^(?:[A-Za-z_][\w.$]{1,150}(?:Exception|Error|Failure|Fault|Exit|Interrupt|Warning|Panic)\b|panic:|fatal error:|thread '.{1,80}' panicked)"
)
_NESTED = re.compile(r"(?:nested exception is|Cause:|--->) ")


@dataclass(frozen=True, slots=True)
class Part:
    """One line of an event that says something; ``is_root`` marks the exception at the bottom of the chain."""

    text: str
    is_root: bool = False


def telling_parts(text: str) -> list[Part]:
    """The lines of one event without stack frames, at most ``MAX_PARTS``, each clipped; the root exception marked.

    A single line without nested exceptions is its own and only part, not marked.
    """
    lines = text.split("\n")
    if len(lines) == 1:
        return _split_nested(_clipped(text))
    kept = [_clipped(line) for line in _without_frames(lines)]
    root = _root_of(kept)
    kept = _shortened(kept, root)
    parts: list[Part] = []
    for index, line in enumerate(kept):
        nested = _split_nested(line)
        parts += [Part(part.text, is_root=True) if index == root and part is nested[-1] else part for part in nested]
    return parts


def root_exception(text: str) -> str:
    """The root exception's line of an event, "" if it holds none."""
    return next((part.text.strip() for part in reversed(telling_parts(text)) if part.is_root), "")


def _clipped(line: str) -> str:
    """Both ends of an over-long line: the head names the place, the tail often the reason."""
    if len(line) <= MAX_PART_CHARS:
        return line
    return line[: MAX_PART_CHARS - 401] + " " + line[-400:]


def _without_frames(lines: list[str]) -> list[str]:
    kept: list[str] = []
    is_python_code = False
    for line in lines:
        if is_python_code and line[:1].isspace() and not _FRAME.match(line):
            is_python_code = False  # the source line that Python prints below each frame
            continue
        is_python_code = line.lstrip().startswith('File "')
        if line.strip() and not _FRAME.match(line) and not _GO_FRAME.match(line.strip()):
            kept.append(line)
    return kept or lines[:1]


def _root_of(lines: list[str]) -> int | None:
    """Position of the line that names the root: the last cause, else the first exception raised (Python's chain)."""
    causes = [index for index, line in enumerate(lines) if _CAUSE.match(line)]
    if causes:
        return causes[-1]
    return next((index for index, line in enumerate(lines) if _RAISED.match(line)), None)


def _shortened(lines: list[str], root: int | None) -> list[str]:
    if len(lines) <= MAX_PARTS:
        return lines
    if root is not None and root >= MAX_PARTS - 1:
        lines[MAX_PARTS - 1] = lines[root]
    return lines[:MAX_PARTS]


def _split_nested(line: str) -> list[Part]:
    pieces = _NESTED.split(line)
    if len(pieces) == 1:
        return [Part(line)]
    return [Part(piece) for piece in pieces[:-1]] + [Part(pieces[-1], is_root=True)]
