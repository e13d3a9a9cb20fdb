"""The AIT log data sets: directories of logs per host, and beside them which lines an attack wrote.

gather/HOST/logs/PATH   a log as it was collected
labels/HOST/logs/PATH   JSON Lines, ``{"line": 12, "labels": ["foothold", ...]}``; from 1; others are normal
dataset.yml             when the recording ended, for stamps without a year (optional)

In: the directory, and which files. Out: Labelled, the lines of all files in the order of time.
Raises InputUnreadable with the file and the row, never its content.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from loglynx.datafiles.labelled_stream import Labelled, log_lines
from loglynx.datafiles.row_files import Row
from loglynx.failures import InputUnreadable
from shared.core.parsing import LineParser

_GATHER, _LABELS = "gather", "labels"
_END = re.compile(r"(?m)^\s*(?:end|stop|start)\w*:\s*[\"']?(\d{4}-\d\d-\d\d)")
_YEAR_KNOWN_MS = 946_684_800_000  # 2000: earlier times are those of stamps without a year, read beside 1970


def read_ait(source: Path, only: str | None = None) -> Labelled:
    """``only``: a pattern of paths below ``gather``; without it, every log that has labels."""
    gathered, labelled = source / _GATHER, source / _LABELS
    if not gathered.is_dir() or not labelled.is_dir():
        raise InputUnreadable(f"{source}: there is no {_GATHER}/ with {_LABELS}/ beside it", "unpack the data set")
    names = [str(path.relative_to(gathered)) for path in sorted(gathered.rglob("*")) if path.is_file()]
    wanted = [name for name in names if (fnmatchcase(name, only) if only else (labelled / name).is_file())]
    if not wanted:
        raise InputUnreadable(f"{source}: none of its {len(names)} logs is wanted", "--only 'HOST/logs/*'")
    ended_ms = _ended_ms(source)
    rows = [row for name in wanted for row in _rows(gathered, labelled, name, ended_ms)]
    latest = max((row["ts"] for row in rows if row["ts"] is not None), default=0)
    if not ended_ms and any(row["ts"] is not None and row["ts"] < _YEAR_KNOWN_MS for row in rows) and latest:
        rows = [row for name in wanted for row in _rows(gathered, labelled, name, latest)]
    rows.sort(key=lambda row: row["ts"] or 0)
    return Labelled(source.resolve().name, "stream", rows)


def _rows(gathered: Path, labelled: Path, name: str, near_ms: int) -> list[Row]:
    """One row per line that is not blank; a line without a time has that of the line before it."""
    lines = list(log_lines(gathered / name))
    truth = _truth(labelled / name, len(lines))
    parser, at_ms, rows = LineParser(Path(name).name), None, []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        said = parser.parse(line, near_ms).timestamp_ms
        at_ms = at_ms if said is None else said
        kinds = truth.get(number, [])
        row: Row = {"line": line, "label": int(number in truth), "ts": at_ms, "host": name.split("/", 1)[0]}
        rows.append(row | {"file": name} | ({"kinds": kinds} if kinds else {}))
    return rows


def _truth(path: Path, lines: int) -> dict[int, list[str]]:
    """Which lines are an attack's, and of what kinds; nothing where there is no such file."""
    if not path.is_file():
        return {}
    found: dict[int, list[str]] = {}
    for number, text in enumerate(log_lines(path), start=1):
        if not text.strip():
            continue
        try:
            row: Any = json.loads(text)
        except (ValueError, RecursionError):
            row = None
        line = row.get("line") if isinstance(row, dict) else None
        if not isinstance(line, int) or isinstance(line, bool):
            raise InputUnreadable(f"{path}: row {number} is no label", '{"line": 12, "labels": ["..."]}')
        if not 1 <= line <= lines:
            raise InputUnreadable(f"{path}: row {number} labels a line that the log does not have")
        kinds = row.get("labels")
        found[line] = [str(kind)[:100] for kind in kinds] if isinstance(kinds, list) else []
    return found


def _ended_ms(source: Path) -> int:
    """The latest day that ``dataset.yml`` names, at its end; 0 where it tells nothing."""
    try:
        text = (source / "dataset.yml").read_text("utf-8", "replace")[: 1 << 20]
        days = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in _END.findall(text)]
    except (OSError, ValueError):
        return 0
    return int(max(days).timestamp() * 1000) + 86_400_000 if days else 0
