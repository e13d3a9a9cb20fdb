"""Lines or sessions with their labels as a data set for ``loglynx bench --dataset``, ``train`` and ``evaluate``.

In: rows in the order of time, or of the file where a form has no time. Out: a directory with ``dataset.json``,
``train.jsonl`` (the first share) and ``test.jsonl``. Raises CommandFailed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from loglynx.datafiles.row_files import Row, make_directory
from loglynx.failures import CommandFailed, InputUnreadable
from loglynx.json_array import json_lines_file
from loglynx.progress import reading_progress
from loglynx.reading import open_input
from loglynx.terminal import remarks
from shared.core.decoding import decode_bytes, make_safe

MAX_LINE_CHARS = 32_768

DESCRIPTION = "dataset.json"


@dataclass(frozen=True, slots=True)
class Labelled:
    """rows      ``{"line", "label", "ts"}`` of a stream, ``{"lines", "label", "times"}`` of sessions
    fit       rows that the form itself sets apart for training; else the first share of ``rows`` is taken
    """

    name: str
    kind: Literal["stream", "sessions"]
    rows: list[Row]
    fit: list[Row] = field(default_factory=list)


def log_lines(path: Path) -> Iterator[str]:
    """Every line of a log file, blank ones too: labels count them. Raises InputUnreadable."""
    with open_input(str(path)) as opened, reading_progress(remarks(), opened, path.name) as lines:
        for line in lines:
            yield make_safe(decode_bytes(line), MAX_LINE_CHARS)[0]


def write_dataset(found: Labelled, output: Path, train_share: float, window: str) -> dict[str, Any]:
    """The three files; how many rows and anomalies are in each part."""
    cut = int(train_share * len(found.rows))
    parts = {"train": found.fit, "test": found.rows} if found.fit else {"train": found.rows[:cut]}
    parts.setdefault("test", found.rows[cut:])
    if found.kind == "sessions" and not found.fit:
        parts["train"] = _ended_before(parts["train"], parts["test"])
    for part, rows in parts.items():
        if not rows:
            raise InputUnreadable(f"{found.name}: no row is left for {part}", "choose another --train-share")
    make_directory(output)
    described = {"name": found.name, "kind": found.kind, "window": window, "train_labels": "normal-only"}
    for part, rows in parts.items():
        with json_lines_file(output / f"{part}.jsonl") as append:
            for row in rows:
                append(row)
    write_description(output, described)
    wrong = {part: sum(bool(row["label"]) for row in rows) for part, rows in parts.items()}
    said = {part: {"rows": len(rows), "anomalies": wrong[part]} for part, rows in parts.items()}
    return {"name": found.name, "kind": found.kind, **said}


def _ended_before(sessions: list[Row], later: list[Row]) -> list[Row]:
    """Those that had ended when the later ones began; a session that crosses the cut is in neither part."""
    began = min((at for row in later for at in row["times"] if at is not None), default=None)
    if began is None:
        return sessions
    return [row for row in sessions if all(at is None or at < began for at in row["times"])]


def write_description(directory: Path, described: dict[str, str]) -> None:
    """``dataset.json``, as loglynx.bench.own_dataset reads it."""
    try:
        (directory / DESCRIPTION).write_text(json.dumps(described) + "\n", encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandFailed(f"{directory}: {error.strerror}", "give --output a directory") from error
