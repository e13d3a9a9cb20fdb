"""HDFS: one session per file block, anomalous as a whole.

``hdfs-deeplog`` and ``hdfs-44k`` are the published sequences, shuffled and without time; ``hdfs-raw-70`` and
``hdfs-raw-50`` are raw lines, split by time.
"""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

from loglynx.bench.datasets.hdfs_values import HDFS_VALUES
from loglynx.bench.datasets.source import Source, read_lines, read_rows
from loglynx.bench.datasets.templates import SharedSessions, events_of
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case, Task

_SEQUENCES, _TEMPLATES, _RAW = "hdfs/sequences.csv.gz", "hdfs/templates.csv", "hdfs/raw_sessions.jsonl.gz"
_SEQUENCES_NOTE = (
    "rows are shuffled and have no time; values are made up, one per event kind; 10 sequences are over half of all "
    "sessions, so a repeated session counts often: read the figures on unseen sequences too"
)
_RAW_NOTE = "sessions in the order of their first event; a session that crosses the cut is in neither part"


def hdfs_sequences(data_dir: Path, name: str, fit_splits: frozenset[str]) -> Task:
    """Fitted on the normal sessions of ``fit_splits``, judged on every other row."""
    rows = csv.DictReader(read_lines(data_dir / _TEMPLATES))
    templates = {int(row["EventId"].removeprefix("E")): row["EventTemplate"] for row in rows}
    sessions = SharedSessions(events_of(templates, HDFS_VALUES))
    fit: list[Case] = []
    test: list[Case] = []
    for line in read_lines(data_dir / _SEQUENCES)[1:]:
        split, label, sequence = line.split(",", 2)
        (fit if split in fit_splits else test).append(sessions.case(sequence, label == "1"))
    return Task(name, "sessions", tuple(fit), tuple(test), note=_SEQUENCES_NOTE)


def raw_sessions(data_dir: Path) -> list[Case]:
    """All raw sessions in the order of their first event."""
    found = []
    for row in read_rows(data_dir / _RAW):
        events = tuple(parse_stream(row["lines"]))
        found.append(Case(events, bool(row["label"])))
    return sorted(found, key=lambda case: case.events[0].timestamp_ms or 0)


def split_by_time(sessions: list[Case], fit_share: float) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """The normal sessions among the first ``fit_share`` that ended before the others began, and those others."""
    end = int(fit_share * len(sessions))
    fit, test = sessions[:end], sessions[end:]
    cut_ms = test[0].events[0].timestamp_ms or 0
    ended = (case for case in fit if max(event.timestamp_ms or 0 for event in case.events) < cut_ms)
    return tuple(case for case in ended if not case.is_anomaly), tuple(test)


def hdfs_raw(data_dir: Path, name: str, fit_share: float) -> Task:
    fit, test = split_by_time(raw_sessions(data_dir), fit_share)
    return Task(name, "sessions", fit, test, note=_RAW_NOTE)


def _sequences(name: str, *splits: str) -> Source:
    return Source((_SEQUENCES, _TEMPLATES), partial(hdfs_sequences, name=name, fit_splits=frozenset(splits)))


SOURCES = {
    "hdfs-deeplog": _sequences("hdfs-deeplog", "train_deeplog"),
    "hdfs-44k": _sequences("hdfs-44k", "train_deeplog", "train"),
    "hdfs-raw-70": Source((_RAW,), partial(hdfs_raw, name="hdfs-raw-70", fit_share=0.8)),
    "hdfs-raw-50": Source((_RAW,), partial(hdfs_raw, name="hdfs-raw-50", fit_share=0.6)),
}
