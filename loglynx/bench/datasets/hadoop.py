"""Hadoop: container logs of MapReduce applications during which a machine, the network or a disk failed.

A session is one container. Hosts, dates and application numbers tell which batch of runs a log is from, and so the
fault: they are made the same everywhere before anything else sees the lines.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from loglynx.bench.datasets.source import Source, read_rows
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case, Task

_FILE = "hadoop/containers.jsonl.gz"
_FAULTS = ("machine_down", "network_disconnection", "disk_full")
_FIT_APPLICATIONS = 5  # of the normal ones, in the order of time; the others are judged
_HOST = re.compile(r"(?i)\b(?:msra-sa-\d+|minint-\w+|04dn8iq)(?:\.fareast\.corp\.microsoft\.com)?")
_DATE = re.compile(r"\b2015-10-\d\d\b")
_APPLICATION = re.compile(r"(?<!\d)14\d{8,11}(?!\d)")
_USER = re.compile(r"\bmsrabi\b")
_NOTE = (
    "labelled by application: many containers of a faulty run saw nothing of the fault, and most sessions to judge "
    "count as anomalous, so read ROC-AUC and the false alarms, not F1; only 3 normal applications are judged, all of "
    "one workload"
)


def hide_batch(line: str) -> str:
    """The line without what names the batch of runs."""
    line = _DATE.sub("2015-10-17", _HOST.sub("node", line))
    return _USER.sub("user", _APPLICATION.sub("1445000000000", line))


def hadoop(data_dir: Path, fault: str) -> Task:
    rows = sorted(read_rows(data_dir / _FILE), key=lambda row: str(row["lines"][0]))
    normal = [row for row in rows if row["label"] == "normal"]
    fit_applications = list(dict.fromkeys(row["application"] for row in normal))[:_FIT_APPLICATIONS]
    fit = tuple(_case(row) for row in normal if row["application"] in fit_applications)
    judged = [row for row in rows if row["label"] in {fault, "normal"} and row["application"] not in fit_applications]
    return Task(f"hadoop-{fault}", "sessions", fit, tuple(_case(row) for row in judged), note=_NOTE)


def _case(row: dict[str, Any]) -> Case:
    return Case(tuple(parse_stream(hide_batch(line) for line in row["lines"])), row["label"] != "normal")


SOURCES = {f"hadoop-{fault}": Source((_FILE,), partial(hadoop, fault=fault)) for fault in _FAULTS}
