"""Hadoop: all container logs of one application are a row; its label is what was broken while it ran.

Whole applications are held out, 30 % of each label. Hosts, dates and application numbers tell which batch of runs a
log is from, and so the fault: they are hidden from every method alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loglynx.bench.datasets.hadoop import hide_batch
from loglynx.bench.datasets.source import read_rows
from loglynx.evaluation.fault_sets.fault_set import FaultSet, share_of_each
from loglynx.evaluation.labelled_rows import LabelledRow

_FILE = "hadoop/containers.jsonl.gz"


def rows(data_dir: Path) -> Iterator[LabelledRow]:
    applications: dict[str, tuple[str, list[str]]] = {}
    for row in read_rows(data_dir / _FILE):
        _, lines = applications.setdefault(row["application"], (row["label"], []))
        lines += (hide_batch(line) for line in row["lines"])
    for application, (label, lines) in applications.items():
        yield LabelledRow(tuple(lines), label, language="en", group=application)


SET = FaultSet("hadoop", _FILE, rows, share_of_each(0.3), 5, "whole applications held out, 30 % of each label")
