"""TraceBench: one HDFS request trace is a row, an event a line; its label is the fault of the run.

One whole run of each fault is held out. Which client and which node it was tells how many a run had, and so which run
it was: numbers of clients and nodes and addresses are hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from loglynx.bench.datasets.source import read_rows
from loglynx.evaluation.fault_sets.fault_set import FaultSet, one_of_each
from loglynx.evaluation.labelled_rows import LabelledRow

_FILE = "tracebench/traces.jsonl.xz"
_WHO = re.compile(r"\b(client|datanode)\d+|\b10\.\d+\.\d+\.\d+")


def hide_hosts(line: str) -> str:
    """The line without what tells one machine from another."""
    return _WHO.sub(lambda match: match[1] or "10.0.0.1", line)


def rows(data_dir: Path) -> Iterator[LabelledRow]:
    for row in read_rows(data_dir / _FILE):
        lines = tuple(hide_hosts(" ".join(event)) for event in row["events"])
        if lines:
            yield LabelledRow(lines, row["fault"], language="en", group=row["run"])


SET = FaultSet("tracebench", _FILE, rows, one_of_each, 3, "one whole run of each fault held out")
