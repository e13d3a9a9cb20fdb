"""LogHub's data sets as they are unpacked, read with their labels.

a log whose first column is the label (BGL, Thunderbird)      lines; the column is cut off by position
a log and a table of blocks (HDFS: anomaly_label.csv)         sessions, one per block, by their first line
a structured table (*_structured.csv), with Label or not      lines, put together from its columns
files named normal and abnormal (OpenStack)                   lines; the first normal file is for training

In: a file, or a directory that holds one of these. Out: Labelled. Raises InputUnreadable, never with log text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from loglynx.bench.own_rows import label_of
from loglynx.datafiles.labelled_stream import Labelled, log_lines
from loglynx.datafiles.row_files import Row
from loglynx.failures import InputUnreadable
from shared.core.parsing import LineParser

_LABEL_COLUMN = re.compile(r"\S+ \d{9,10} \d{4}\.\d\d\.\d\d ")
_BLOCK = re.compile(r"\bblk_-?\d+")
_INSTANCE = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_NOT_TEXT = frozenset(("LineId", "Label", "EventId", "EventTemplate", "ParameterList", "Logrecord"))
_SAMPLE = 100
_HELP = "give the log itself, and --labels FILE where its labels are a table"


def read_loghub(
    source: Path, labels: Path | None = None, has_label_column: bool = False, limit: int | None = None
) -> Labelled:
    """``labels``: a table of blocks. has_label_column: the first word of a line is its label whatever comes next.

    limit  lines of each log at most, the first ones; all of them are held in memory
    """
    if source.is_dir():
        files = sorted(path for path in source.iterdir() if path.is_file())
        if any("abnormal" in path.name.lower() and ".log" in path.name for path in files):
            return _openstack(source.resolve().name, files, limit)
        logs = [path for path in files if ".log" in path.name] or [path for path in files if _is_table(path)]
        if len(logs) != 1:
            raise InputUnreadable(f"{source}: {len(logs)} logs are in it", _HELP)
        tables = (path for path in files if "label" in path.name.lower() and ".csv" in path.name)
        labels = labels or next(tables, None)
        source = logs[0]
    name = source.name.split(".")[0]
    if _is_table(source):
        rows = list(islice(_table_rows(source), limit))
        return _sessions(name, rows, labels) if labels is not None else Labelled(name, "stream", rows)
    if labels is not None:
        return _sessions(name, list(_timed(islice(log_lines(source), limit), source.name)), labels)
    has_label_column = has_label_column or _starts_with_label(source)
    return Labelled(name, "stream", list(_column_rows(source, has_label_column, limit)))


def _starts_with_label(path: Path) -> bool:
    """Whether nearly all of the first lines look like BGL's or Thunderbird's."""
    sample = [line for line in islice(log_lines(path), _SAMPLE) if line.strip()]
    return bool(sample) and sum(_LABEL_COLUMN.match(line) is not None for line in sample) > 0.9 * len(sample)


def _column_rows(path: Path, has_label_column: bool, limit: int | None) -> Iterator[Row]:
    if not has_label_column:
        yield from _timed((line for line in islice(log_lines(path), limit) if line.strip()), path.name)
        return
    split = [line.partition(" ") for line in islice(log_lines(path), limit) if line.strip()]
    rows = _timed((rest for _, _, rest in split), path.name)
    for (label, _, _), row in zip(split, rows, strict=True):
        yield row | {"label": int(label != "-")}


def _timed(lines: Iterable[str], hint: str) -> Iterator[Row]:
    """A row for every line that is not blank; nothing is said of its label. A cut-off label may leave a blank one."""
    parser = LineParser(hint)
    for line in lines:
        yield {"line": line, "label": None, "ts": parser.parse(line, 0).timestamp_ms if line.strip() else None}


def _is_table(path: Path) -> bool:
    return "structured.csv" in path.name


def _table_rows(path: Path) -> Iterator[Row]:
    table = csv.DictReader(log_lines(path))
    if not {"LineId", "Content"} <= set(table.fieldnames or ()):
        raise InputUnreadable(f"{path}: its columns are not LogHub's", "LineId, ..., Content, EventId, EventTemplate")
    parser = LineParser(path.name)
    kept = [name for name in table.fieldnames or () if name not in _NOT_TEXT]
    try:
        for record in table:
            line = " ".join(record[name] or "" for name in kept)
            label = label_of(record["Label"]) if record.get("Label") is not None else None
            yield {
                "line": line,
                "label": None if label is None else int(label),
                "ts": parser.parse(line, 0).timestamp_ms,
            }
    except csv.Error as error:
        raise InputUnreadable(f"{path}: row {table.line_num} is not CSV") from error


def _sessions(name: str, rows: list[Row], labels: Path) -> Labelled:
    """A line stands in the session of every block that it names; one that names none, in no session."""
    truth = _block_labels(labels)
    found: dict[str, Row] = {}
    for row in rows:
        for block in dict.fromkeys(_BLOCK.findall(row["line"])):
            if block in truth:
                session = found.setdefault(
                    block, {"lines": [], "label": int(truth[block]), "times": [], "group": block}
                )
                session["lines"].append(row["line"])
                session["times"].append(row["ts"])
    if not found:
        raise InputUnreadable(f"{labels}: no block of it is in the log", "BlockId,Label as in anomaly_label.csv")
    return Labelled(name, "sessions", list(found.values()))


def _block_labels(path: Path) -> dict[str, bool]:
    truth: dict[str, bool] = {}
    for number, line in enumerate(log_lines(path), start=1):
        block, _, label = line.strip().partition(",")
        if number == 1 and not _BLOCK.fullmatch(block):
            continue  # the header
        if not line.strip():
            continue
        if not _BLOCK.fullmatch(block) or not label:
            raise InputUnreadable(f"{path}: row {number} is no block and its label", "BlockId,Label")
        truth[block] = bool(label_of(label))
    return truth


def _openstack(name: str, files: list[Path], limit: int | None) -> Labelled:
    """Of two or more normal files the last is tested on, beside the abnormal ones; times do not overlap, so none are
    put in one order. Where a list of instances lies beside, only lines that name one of them are anomalous.
    """
    logs = [path for path in files if ".log" in path.name]
    wrong = [path for path in logs if "abnormal" in path.name.lower()]
    normal = [path for path in logs if path not in wrong and "normal" in path.name.lower()]
    if not normal:
        raise InputUnreadable(f"{name}: there is no normal log in it", "openstack_normal1.log ...")
    listed = next((path for path in files if "label" in path.name.lower()), None)
    instances = set(_INSTANCE.findall("\n".join(log_lines(listed)))) if listed is not None else None
    if instances is not None and not instances:
        raise InputUnreadable(f"{listed}: there is no instance in it", "a list of identifiers of virtual machines")
    fit = [row for path in normal[:-1] or normal for row in _of_file(path, None, limit)]
    held = normal[-1:] if len(normal) > 1 else []
    rows = [row for path in held for row in _of_file(path, None, limit)]
    rows += [row for path in wrong for row in _of_file(path, instances or set(), limit)]
    return Labelled(name, "stream", rows, fit)


def _of_file(path: Path, instances: set[str] | None, limit: int | None) -> Iterator[Row]:
    """instances  None: a normal file; empty: every line is anomalous; else the lines that name one"""
    for row in _timed((line for line in islice(log_lines(path), limit) if line.strip()), path.name):
        is_wrong = instances is not None and (not instances or bool(instances & set(_INSTANCE.findall(row["line"]))))
        yield row | {"label": int(is_wrong), "file": path.name}
