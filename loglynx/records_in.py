"""Records of an input file for ``batch``: each line by itself, or what a JSON file holds.

JSON input is an array or one document per line; a record is a string, a list of strings (a sequence), or an object
with its text under one of ``TEXT_KEYS`` or its lines under one of ``LIST_KEYS``. InputUnreadable for anything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from loglynx.failures import InputUnreadable
from shared.core.decoding import decode_bytes

TEXT_KEYS = ("log_text", "log", "text", "message", "msg", "line", "content")
LIST_KEYS = ("log_seq", "logs", "lines", "log_texts", "sequence")
MAX_ARRAY_BYTES = 512 * 1024 * 1024


def plain_records(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """(line number from 1, the line) of every line that is not blank."""
    for number, line in enumerate(lines, start=1):
        text = decode_bytes(line)
        if text.strip():
            yield number, [text]


def json_records(name: str, lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    """(position from 1, lines) of every record."""
    for position, value in enumerate(json_values(name, lines), start=1):
        yield position, _lines_of(name, position, value)


def json_values(name: str, lines: Iterable[bytes]) -> Iterable[Any]:
    """The elements of an array, or the documents, one per line."""
    filled = (line for line in map(decode_bytes, lines) if line.strip())
    first = next(filled, "")
    rest = chain([first], filled)
    return _array(name, rest) if first.lstrip().startswith("[") else _documents(name, rest)


def _array(name: str, lines: Iterable[str]) -> list[Any]:
    held, size = [], 0
    for line in lines:
        size += len(line)
        if size > MAX_ARRAY_BYTES:
            raise InputUnreadable(f"{name}: the JSON array is too large", "write one JSON document per line instead")
        held.append(line)
    try:
        value = json.loads("\n".join(held))
    except (ValueError, RecursionError):
        # Not one array: perhaps one array per line, each a sequence.
        return list(_documents(name, held))
    return value if isinstance(value, list) else [value]


def _documents(name: str, lines: Iterable[str]) -> Iterator[Any]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputUnreadable(
                f"{name}: document {number} is not JSON", "without --json-format every line is read as text"
            ) from error


def _lines_of(name: str, position: int, value: object) -> list[str]:
    if isinstance(value, dict):
        found = next((value[key] for key in (*TEXT_KEYS, *LIST_KEYS) if key in value), None)
        value = found
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return value
    raise InputUnreadable(
        f"{name}: record {position} holds no log text",
        f"a record is a string, a list of strings, or an object with one of {', '.join((*TEXT_KEYS, *LIST_KEYS))}",
    )
