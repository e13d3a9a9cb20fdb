"""TraceBench: one HDFS request trace is a row, an event a line; its label is the fault of the run.

One whole run of each fault is held out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loglynx.bench.datasets.source import read_rows
from loglynx.evaluation.fault_sets.fault_set import FaultSet, one_of_each
from loglynx.evaluation.labelled_rows import LabelledRow

_FILE = "tracebench/traces.jsonl.xz"


def rows(data_dir: Path) -> Iterator[LabelledRow]:
    for row in read_rows(data_dir / _FILE):
        lines = tuple(" ".join(event) for event in row["events"])
        if lines:
            yield LabelledRow(lines, row["fault"], language="en", group=row["run"])


SET = FaultSet("tracebench", _FILE, rows, one_of_each, 3, "one whole run of each fault held out")
