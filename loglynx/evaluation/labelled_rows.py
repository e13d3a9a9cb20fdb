"""Labelled windows out of a JSON Lines file, packed or not: one object a line, read one at a time.

In: a path. Out: ``LabelledRow``s; a file may be read several times, so that rows of thousands of lines need not all
be held. Raises InputUnreadable that names the file, the row and what is wrong, never the row's content.

    {"lines": ["..."], "label": "disk_full", "evidence": [3], "entities": ["/dev/sda1"], "language": "en",
     "group": "run 7"}

``evidence`` counts lines from 1. ``entities`` are texts, or objects with a ``span``. ``group`` says what must not be
torn apart: rows of one group are of one run. Further keys are left alone. Rows of the incident data are read as well:
``window`` and ``target`` (category, evidence, entities).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from loglynx.failures import InputUnreadable
from loglynx.reading import open_input

MAX_ROWS = 200_000
MAX_LINES = 200_000
MAX_LINE_CHARS = 20_000
MAX_ROW_BYTES = 64 * 1024 * 1024
_FORM = 'one JSON object a line: {"lines": [...], "label": ...}'


class _Span(msgspec.Struct):
    span: str


_Lines = Annotated[list[str], msgspec.Meta(min_length=1, max_length=MAX_LINES)]
_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
_Evidence = list[Annotated[int, msgspec.Meta(ge=1)]]


class _Target(msgspec.Struct):
    category: _Label
    evidence: _Evidence | None = None
    entities: list[str | _Span] | None = None


class _Read(msgspec.Struct):
    lines: _Lines | None = None
    window: _Lines | None = None
    label: _Label | None = None
    target: _Target | None = None
    evidence: _Evidence | None = None
    entities: list[str | _Span] | None = None
    language: Literal["en", "zh"] | None = None
    group: str | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """One window. What the file does not say is None."""

    lines: tuple[str, ...]
    label: str
    evidence: frozenset[int] | None = None
    entities: frozenset[str] | None = None
    language: Literal["en", "zh"] | None = None
    group: str | None = None


def read_rows(path: str, limit: int | None = None) -> Iterator[LabelledRow]:
    """Rows in the order of the file, blank lines left out; at most ``limit``. A file without a row is refused."""
    decoder = msgspec.json.Decoder(_Read)
    count = 0
    for number, text in _numbered(path):
        if limit is not None and count >= limit:
            return
        count += 1
        if count > MAX_ROWS:
            raise InputUnreadable(f"{path}: more than {MAX_ROWS:,} rows", "use --limit, or a smaller file")
        yield _checked(path, number, text, decoder)
    if not count:
        raise InputUnreadable(f"{path}: there is no row in it", _FORM)


def _numbered(path: str) -> Iterator[tuple[int, bytes]]:
    with open_input(path, max_line_bytes=MAX_ROW_BYTES) as opened:
        for number, text in enumerate(opened.lines, start=1):
            if text.strip():
                yield number, text


def _checked(path: str, number: int, text: bytes, decoder: msgspec.json.Decoder[_Read]) -> LabelledRow:
    if len(text) >= MAX_ROW_BYTES:
        raise InputUnreadable(f"{path}, line {number}: the row is longer than {MAX_ROW_BYTES >> 20} MiB", "split it")
    try:
        row = decoder.decode(text)
    except msgspec.ValidationError as error:
        raise InputUnreadable(
            f"{path}, line {number}: {str(error)[:200]}", "see loglynx evaluate analyzer --help"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputUnreadable(f"{path}, line {number}: this is no JSON object", _FORM) from None
    if row.simulated:
        raise InputUnreadable(
            f"{path}, line {number}: the row is simulated, and nothing is measured on what was made up",
            "convert with --anomaly-ratio 0",
        )
    target = row.target or _Target(row.label or "", row.evidence, row.entities)
    lines = row.lines or row.window
    if lines is None or not target.category:
        raise InputUnreadable(f"{path}, line {number}: lines or label are missing", _FORM)
    if target.evidence and max(target.evidence) > len(lines):
        raise InputUnreadable(f"{path}, line {number}: evidence beyond the last line", "lines count from 1")
    entities = target.entities
    return LabelledRow(
        tuple(line[:MAX_LINE_CHARS] for line in lines),
        target.category,
        None if target.evidence is None else frozenset(target.evidence),
        None if entities is None else frozenset(e if isinstance(e, str) else e.span for e in entities),
        row.language,
        row.group,
    )
