"""Sequences out of JSON: an array, or one document per line.

A record is a list of lines, a line, or an object with lines or a line under a name of ``LIST_KEYS`` or ``TEXT_KEYS``
and perhaps a label under one of ``LABEL_KEYS``. Raises InputUnreadable for anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from loglynx.bench.own_rows import label_of
from loglynx.bench.stream_events import StreamReader
from loglynx.bench.task import Case
from loglynx.failures import InputUnreadable
from loglynx.records_in import LIST_KEYS, TEXT_KEYS, json_values
from shared.core.decoding import make_safe

LABEL_KEYS = ("label", "is_anomaly", "anomaly", "labels")
SIMULATED_KEY = "simulated"
MAX_LINE_CHARS = 32_768


def session_cases(name: str, lines: Iterable[bytes], limit: int | None = None) -> tuple[list[Case], int]:
    """One case per record, at most ``limit``; and how many were labelled. Simulated records are left out."""
    cases: list[Case] = []
    told = 0
    for position, value in enumerate(json_values(name, lines), start=1):
        if limit is not None and len(cases) >= limit:
            break
        if isinstance(value, dict) and value.get(SIMULATED_KEY):
            continue  # made up: what is trained on or measured with it would be made up, too
        label = _label(name, position, value)
        told += label is not None
        reader = StreamReader(name)
        texts = [make_safe(text, MAX_LINE_CHARS)[0] for text in lines_of(name, position, value)]
        cases.append(Case(tuple(reader.read(text) for text in texts if text.strip()), bool(label)))
    return cases, told


def partly_told(name: str, told: int, sequences: int) -> str:
    """What to say where some sequences are labelled and others are not, which count as normal; "" otherwise."""
    if not 0 < told < sequences:
        return ""
    return f"{name}: {sequences - told} of {sequences} sequences have no label and count as normal"


def lines_of(name: str, position: int, value: Any) -> list[str]:
    """The lines of record ``position``, as they stand there."""
    if isinstance(value, dict):
        value = next((value[key] for key in (*LIST_KEYS, *TEXT_KEYS) if key in value), None)
    if isinstance(value, str):
        return value.split("\n")
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return value
    raise InputUnreadable(
        f"{name}: record {position} holds no log text",
        f"a record is a list of lines or an object with one of {', '.join((*LIST_KEYS, *TEXT_KEYS))}",
    )


def _label(name: str, position: int, value: Any) -> bool | None:
    if not isinstance(value, dict):
        return None
    said = next((value[key] for key in LABEL_KEYS if key in value), None)
    try:
        return label_of(said)
    except ValueError as error:
        raise InputUnreadable(f"{name}: record {position}: {error}") from error
