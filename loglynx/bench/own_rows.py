"""Rows of a user's own data set: JSON Lines, plain or gzip, of which every field is checked.

Out: Rows. Raises InputUnreadable with the file's name, the row's number and what is wrong; content is never repeated.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loglynx.failures import InputUnreadable
from shared.core.calendar import epoch_ms
from shared.core.decoding import make_safe

MAX_ROW_BYTES = 64 << 20
MAX_LINE_CHARS = 1 << 20
_FARTHEST = 5e18  # nanoseconds in the year 2128
_FORM = 'a stream\'s row is {"line": "...", "label": 0}, a session\'s {"lines": ["..."], "label": 0}'
_NORMAL_WORDS = frozenset(
    {"", "-", "0", "0.0", "normal", "none", "null", "false", "no", "ok", "benign", "正常", "否"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a stream, or a session with its lines as ``parts``. ``label`` is None when the row tells nothing."""

    text: str = ""
    label: bool | None = None
    at_ms: int | None = None
    parts: tuple[Row, ...] = ()
    has_line_labels: bool = False


class _BadRow(ValueError):
    """What is wrong with a row, in words that hold nothing of it."""


def row_file(directory: Path, part: str) -> Path:
    """The file of a part, packed or not."""
    names = (f"{part}.jsonl.gz", f"{part}.jsonl")
    for name in names:
        if (directory / name).is_file():
            return directory / name
    raise InputUnreadable(f"{directory}: there is neither {names[0]} nor {names[1]}", _FORM)


def row_reader(path: Path, read: Callable[[dict[str, Any]], Row]) -> Iterator[Row]:
    """Every row of the file; blank ones are passed over, but counted."""
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            while raw := file.readline(MAX_ROW_BYTES + 1):
                number += 1
                if raw.strip():
                    yield read(_object(raw))
    except _BadRow as error:
        raise InputUnreadable(f"{path}: row {number}: {error}", _FORM) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputUnreadable(f"{path}: reading stopped after row {number} ({type(error).__name__})") from error


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_ROW_BYTES:
        raise _BadRow(f"it is longer than {MAX_ROW_BYTES >> 20} MiB")
    try:
        row = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise _BadRow("it is not JSON") from error
    if not isinstance(row, dict):
        raise _BadRow("it is not a JSON object")
    return row


def read_stream_row(row: dict[str, Any]) -> Row:
    _refuse_simulated(row)
    return Row(_text(row.get("line"), '"line"'), label_of(row.get("label")), _at_ms(row.get("ts")))


def read_session_row(row: dict[str, Any]) -> Row:
    _refuse_simulated(row)
    lines = row.get("lines")
    if not isinstance(lines, list) or not lines:
        raise _BadRow('"lines" is no list of lines')
    labels, times = _beside(row, "line_labels", len(lines)), _beside(row, "times", len(lines))
    parts = tuple(
        Row(
            _text(line, f'"lines"[{at}]'),
            label_of(labels[at]) if labels else None,
            _at_ms(times[at]) if times else None,
        )
        for at, line in enumerate(lines)
    )
    return Row(label=label_of(row.get("label")), parts=parts, has_line_labels=bool(labels))


def _beside(row: dict[str, Any], key: str, count: int) -> list[Any]:
    """A list that says one thing about every line; empty when the row has none."""
    values = row.get(key)
    if values is None:
        return []
    if not isinstance(values, list) or len(values) != count:
        raise _BadRow(f'"{key}" is no list as long as "lines"')
    return values


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _BadRow(f"{where} is not text")
    return make_safe(value, MAX_LINE_CHARS)[0]


def label_of(value: object) -> bool | None:
    """True for an anomaly, None where nothing is said; raises ValueError for what is no label."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip().lower() not in _NORMAL_WORDS
    if isinstance(value, (bool, int, float)):
        return bool(value)
    raise _BadRow("a label is neither a number, true or false, nor a word")


def time_of(row: dict[str, Any]) -> int | None:
    """Milliseconds of ``ts``, else of the first of ``times``; None where it tells none that can be read."""
    times = row.get("times")
    value = row.get("ts", times[0] if isinstance(times, list) and times else None)
    try:
        return _at_ms(value)
    except _BadRow:
        return None


def _refuse_simulated(row: dict[str, Any]) -> None:
    if row.get("simulated"):
        raise _BadRow("it is simulated, and nothing is measured on what was made up")


def _at_ms(value: object) -> int | None:
    """Seconds, milliseconds, micro- or nanoseconds since 1970, told by their size; or ISO 8601, UTC if unsaid."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _iso_ms(str(value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _BadRow("a time is neither a number nor an ISO 8601 time")
    if not abs(value) < _FARTHEST:  # true of NaN, too
        raise _BadRow("a time lies too far away")
    at_ms = epoch_ms(value)
    # Smaller numbers count from the start of the recording rather than from 1970, in seconds.
    return at_ms if at_ms is not None else round(value * 1000)


def _iso_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip().replace(",", "."))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise _BadRow("a time is neither a number nor an ISO 8601 time") from error
