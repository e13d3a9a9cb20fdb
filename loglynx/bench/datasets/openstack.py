"""OpenStack nova: one session per virtual machine, as numbers of templates, from two recordings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from loglynx.bench.datasets.source import Source, read_lines
from loglynx.bench.datasets.templates import SharedSessions, events_of
from loglynx.bench.task import Case, Task

_TEMPLATES = "openstack/templates.csv"
_NOTES = {
    "openstack-loghub": (
        "the injected fault is a delay and the sequences have no time: the anomalies cannot be seen in them, and no "
        "method that counts or orders events is above chance"
    ),
    "openstack-parisakalaki": "easy: event counts alone reach F1 0.98; few distinct sequences, so most repeat",
}
_COMMON_NOTE = (
    "; no time, anomalous sessions are spread evenly; fitted on the published training rows and, as those are a few "
    "dozen, on the normal ones of the first half of the others"
)


def openstack(data_dir: Path, name: str, file: str) -> Task:
    templates = dict(enumerate(read_lines(data_dir / _TEMPLATES), start=1))
    sessions = SharedSessions(events_of(templates))
    fit: list[Case] = []
    unseen: dict[bool, list[Case]] = {False: [], True: []}
    for line in read_lines(data_dir / file)[1:]:
        split, label, _, sequence = line.split(",", 3)
        case = sessions.case(sequence, label == "1")
        (fit if split == "train" else unseen[case.is_anomaly]).append(case)
    half = len(unseen[False]) // 2
    test = spread(unseen[False][half:], unseen[True])
    return Task(name, "sessions", (*fit, *unseen[False][:half]), tuple(test), note=_NOTES[name] + _COMMON_NOTE)


def spread(many: list[Case], few: list[Case]) -> list[Case]:
    """Both in their own order, the few at even distances among the many."""
    placed = [(at / max(len(many), 1), case) for at, case in enumerate(many)]
    placed += [((at + 0.5) / len(few), case) for at, case in enumerate(few)]
    return [case for _, case in sorted(placed, key=lambda item: item[0])]


def _source(name: str) -> Source:
    file = f"openstack/{name.removeprefix('openstack-')}_sequences.csv.gz"
    return Source((_TEMPLATES, file), partial(openstack, name=name, file=file))


SOURCES = {name: _source(name) for name in _NOTES}
