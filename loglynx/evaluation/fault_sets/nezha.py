"""Nezha TrainTicket: the broken pod's lines in the minutes of one injected fault are a row.

Whole incidents are held out, 30 % of each type. The day is hidden: code faults and resource faults were injected on
different days.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from loglynx.bench.datasets.source import read_rows
from loglynx.evaluation.fault_sets.fault_set import FaultSet, share_of_each
from loglynx.evaluation.labelled_rows import LabelledRow

_FILE = "nezha_trainticket/incidents.jsonl.xz"
_ANY_DAY = "2023-01-01"


def rows(data_dir: Path) -> Iterator[LabelledRow]:
    for row in read_rows(data_dir / _FILE):
        if row["pod"] is None:
            continue
        own = sorted((stamp, text) for stamp, pod, text in row["lines"] if pod == row["pod"])
        lines = tuple(f"{_ANY_DAY}{stamp[10:26].rstrip('Z')} {text}" for stamp, text in own)
        yield LabelledRow(lines, row["type"], language="en", group=row["incident"])


SET = FaultSet("nezha", _FILE, rows, share_of_each(0.3), 20, "whole incidents held out, 30 % of each type")
