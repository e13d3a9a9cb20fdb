"""Anyone's own data as a benchmark task: a directory with ``dataset.json``, ``train.jsonl`` and ``test.jsonl``.

dataset.json   {"name", "kind": "stream" | "sessions", "window": {...}, "train_labels": "normal-only" | "unlabelled"}
train, test    one JSON object a line, in the order of time, plain or .gz: {"line", "label"?, "ts"?} of a stream,
               {"lines", "label"?, "line_labels"?, "times"?} of sessions

Lines are taken as they are. Raises InputUnreadable, with the file and the row, for anything that cannot be used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from loglynx.bench.cutting import Cut, normal
from loglynx.bench.own_rows import Row, read_session_row, read_stream_row, row_file, row_reader
from loglynx.bench.own_window import read_window
from loglynx.bench.stream_events import StreamReader
from loglynx.bench.task import Case, Kind, Task, TrainLabels
from loglynx.failures import InputUnreadable
from shared.core.records import Event

_DESCRIPTION = "dataset.json"
_KINDS = ("stream", "sessions")
_TRAIN_LABELS = ("normal-only", "unlabelled")
_MAX_DESCRIPTION_BYTES = 1 << 20
_HELP = "see the benchmark's documentation for the files and their fields"


def is_dataset(directory: Path) -> bool:
    """Whether the directory claims to hold such a data set."""
    return (directory / _DESCRIPTION).is_file()


def read_dataset(directory: Path) -> Task:
    """The task: windows cut after the split, anomalous training windows left out if the labels are to be used."""
    described = _describe(directory / _DESCRIPTION)
    name = str(described.get("name") or directory.resolve().name)[:100]
    kind = cast(Kind, _choice(directory, described, "kind", _KINDS, "stream"))
    train_labels = cast(TrainLabels, _choice(directory, described, "train_labels", _TRAIN_LABELS, "unlabelled"))
    fit, test = _read_part(directory, "train", kind, described), _read_part(directory, "test", kind, described)
    is_labelled = any(row_has_truth for _, row_has_truth in test)
    kept = (
        normal(case for case, _ in fit) if train_labels == "normal-only" else tuple(_untold(case) for case, _ in fit)
    )
    for part, cases in (("train", kept), ("test", test)):
        if not cases:
            raise InputUnreadable(
                f"{directory / part}: not one window to use is in it", "check its rows and the window"
            )
    note = "" if is_labelled else "no row of test has a label, so only the share of flags can be told"
    return Task(name, kind, kept, tuple(case for case, _ in test), train_labels, note)


def _untold(case: Case) -> Case:
    """Labels in unlabelled training data are nobody's business."""
    return Case(case.events)


def _describe(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            described = json.loads(file.read(_MAX_DESCRIPTION_BYTES))
    except OSError as error:
        raise InputUnreadable(f"{path}: {error.strerror}", _HELP) from error
    except (ValueError, RecursionError) as error:
        raise InputUnreadable(f"{path}: this is not JSON", _HELP) from error
    if not isinstance(described, dict):
        raise InputUnreadable(f"{path}: this is not a JSON object", _HELP)
    return described


def _choice(directory: Path, described: dict[str, Any], key: str, allowed: Sequence[str], default: str) -> str:
    value = described.get(key, default)
    if value not in allowed:
        raise InputUnreadable(f'{directory / _DESCRIPTION}: "{key}" is none of {", ".join(allowed)}', _HELP)
    return str(value)


def _read_part(directory: Path, part: str, kind: Kind, described: dict[str, Any]) -> list[tuple[Case, bool]]:
    """Cases of one file, each with whether anything in it was labelled."""
    path = row_file(directory, part)
    if kind == "sessions":
        return [_session(row) for row in row_reader(path, read_session_row)]
    try:
        cut = read_window(described.get("window"))
    except (ValueError, TypeError) as error:
        raise InputUnreadable(f'{directory / _DESCRIPTION}: "window" is no window rule', _HELP) from error
    return _stream(path, list(row_reader(path, read_stream_row)), cut)


def _stream(path: Path, rows: Sequence[Row], cut: Cut) -> list[tuple[Case, bool]]:
    events = _events(path.parent.name, rows)
    wrong = [row.label for row in rows]
    is_told = any(label is not None for label in wrong)
    try:
        cases = cut.cases(events, [bool(label) for label in wrong] if is_told else None)
    except ValueError as error:
        raise InputUnreadable(
            f"{path}: windows by time need a time in the first row", 'add "ts" to the rows'
        ) from error
    return [(case, is_told) for case in cases]


def _session(row: Row) -> tuple[Case, bool]:
    events = _events("", row.parts)
    marks = tuple(bool(part.label) for part in row.parts) if row.has_line_labels else None
    is_anomaly = bool(row.label) if row.label is not None else any(marks or ())
    return Case(tuple(events), is_anomaly, marks), row.label is not None or marks is not None


def _events(name: str, rows: Sequence[Row]) -> list[Event]:
    reader = StreamReader(name)
    return [reader.read(row.text, row.at_ms) for row in rows]
