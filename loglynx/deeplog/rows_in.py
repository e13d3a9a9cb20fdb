"""Sequences with the names of their classes, out of whatever a person has.

FILE.json(l)  a sequence per record: a list of lines, or an object with lines and perhaps ``label`` and ``group``. A
              label may be a class's name; 0, false, "normal" and the like are normal life, 1 and true "anomalous"
anything else what ``loglynx train`` reads: raw lines cut into windows, directories, labels in a first column

Raises InputUnreadable and CommandFailed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from loglynx.bench.own_rows import label_of
from loglynx.failures import InputUnreadable
from loglynx.progress import reading_progress
from loglynx.reading import open_input
from loglynx.records_in import json_values
from loglynx.terminal import remarks
from loglynx.training.cases import Reading, is_json, read_cases
from loglynx.training.sequence_records import LABEL_KEYS, MAX_LINE_CHARS, SIMULATED_KEY, lines_of
from services.trainer.pipelines.deeplog.sequences import NORMAL, Row
from shared.core.decoding import make_safe
from shared.core.sequences.class_reader import UNKNOWN

ANOMALOUS: Final = "anomalous"
_NUMBERS = {"1", "true", "yes", "anomaly", "abnormal", ANOMALOUS}
_LONGEST_NAME = 100
_MAX_RECORD_BYTES = 64 * 1024 * 1024


def read_labelled(source: str, reading: Reading, is_test: bool | None = None) -> list[Row]:
    """At most ``reading.limit`` sequences, none of them empty; records marked as simulated are left out."""
    path = Path(source)
    if path.is_file() and is_json(path):
        return list(_of_json(path, reading.limit, is_test))
    read = read_cases(source, reading)
    rows: list[Row] = []
    for case, own in [(case, is_test) for case in read.cases] + [(case, True) for case in read.test]:
        label = None if not read.is_told else ANOMALOUS if case.is_anomaly else NORMAL
        told = own if is_test is not None or not read.test else bool(own)
        rows.append(Row(tuple(event.text for event in case.events), label, None, told))
    return rows


def _of_json(path: Path, limit: int | None, is_test: bool | None) -> Iterator[Row]:
    with (
        open_input(str(path), max_line_bytes=_MAX_RECORD_BYTES) as opened,
        reading_progress(remarks(), opened, path.name) as lines,
    ):
        count = 0
        for position, value in enumerate(json_values(path.name, lines), start=1):
            if limit is not None and count >= limit:
                return
            if isinstance(value, dict) and value.get(SIMULATED_KEY):
                continue
            safe = (make_safe(text, MAX_LINE_CHARS)[0] for text in lines_of(path.name, position, value))
            kept = tuple(text for text in safe if text.strip())
            if kept:
                count += 1
                yield Row(kept, *_told(path.name, position, value), is_test)


def _told(name: str, position: int, value: Any) -> tuple[str | None, str | None]:
    """(class, group)"""
    if not isinstance(value, dict):
        return None, None
    said = next((value[key] for key in LABEL_KEYS if key in value), None)
    group = value.get("group")
    try:
        is_anomaly = label_of(said)
    except ValueError as error:
        raise InputUnreadable(f"{name}: record {position}: {error}") from error
    if group is not None and not isinstance(group, str | int):
        raise InputUnreadable(f"{name}: record {position}: a group is text or a number")
    called = _class_of(said, is_anomaly)
    if called is not None and called.lower() == UNKNOWN:
        raise InputUnreadable(
            f"{name}: record {position}: no class can be called {UNKNOWN}: that is what belongs to none",
            "give it another name",
        )
    return called, None if group is None else make_safe(str(group), _LONGEST_NAME)[0]


def _class_of(said: Any, is_anomaly: bool | None) -> str | None:
    if is_anomaly is None:
        return None
    if not is_anomaly:
        return NORMAL
    if not isinstance(said, str) or said.strip().lower() in _NUMBERS:
        return ANOMALOUS
    return make_safe(said.strip(), _LONGEST_NAME)[0]
