"""Files of rows, one JSON object each: an array (``.json``) or one a line (any other name, and ``…_jsonl.json``).

In: a path, packed or not. Out: rows as they are. Raises InputUnreadable with the file and the row, never its content.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from loglynx.failures import CommandFailed, InputUnreadable
from loglynx.json_array import Append, json_array_file, json_lines_file
from loglynx.reading import open_input
from loglynx.records_in import MAX_ARRAY_BYTES, json_values

MAX_ROWS = 2_000_000
LINES_SUFFIX = "_jsonl.json"
SIMULATED = "simulated"
Row = dict[str, Any]


def is_array(path: Path) -> bool:
    """Whether a file of that name holds one array."""
    return path.suffix == ".json" and not path.name.endswith(LINES_SUFFIX)


def read_rows(path: str, limit: int | None = None) -> list[Row]:
    """Rows in the order of the file, at most ``limit``. A file without a row is refused."""
    rows: list[Row] = []
    with open_input(path, max_line_bytes=MAX_ARRAY_BYTES) as opened:
        for number, value in enumerate(json_values(path, opened.lines), start=1):
            if not isinstance(value, dict):
                raise InputUnreadable(f"{path}: row {number} is not a JSON object", "give a file of labelled rows")
            if number > MAX_ROWS:
                raise InputUnreadable(f"{path}: more than {MAX_ROWS:,} rows", "split the file first")
            rows.append(value)
            if len(rows) == limit:
                break
    if not rows:
        raise InputUnreadable(f"{path}: there is no row in it", "give a file of labelled rows")
    return rows


def row_file(path: Path) -> AbstractContextManager[Append]:
    """Write rows to ``path`` in the form its name asks for; it appears when it is whole. Raises CommandFailed."""
    return json_array_file(path) if is_array(path) else json_lines_file(path)


def refuse_simulated(source: str, rows: list[Row]) -> None:
    """Raises InputUnreadable if a row was made up by spoiling a normal one."""
    if any(row.get(SIMULATED) for row in rows):
        raise InputUnreadable(
            f"{source}: rows are marked as simulated; nothing is measured or taught with them",
            "convert with --anomaly-ratio 0",
        )


def make_directory(path: Path) -> None:
    """Raises CommandFailed."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror}", "give --output a directory") from error
