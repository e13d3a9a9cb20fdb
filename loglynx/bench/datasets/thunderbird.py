"""Thunderbird: a cluster's syslog in two pieces of time, with the truth about every line.

Fitted on the quiet day and the beginning of the other piece, judged on the rest of it, where the alerts are.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from loglynx.bench.cutting import fixed, normal
from loglynx.bench.datasets.labelled_lines import read_labelled
from loglynx.bench.datasets.source import Source, read_lines
from loglynx.bench.task import Task, TrainLabels

_QUIET = "thunderbird/tbird_2005-11-09_normal.log.gz"
_ALERTED = "thunderbird/tbird_2005-11-15_part1.log.gz"
_NOTE = "one alert category; an event kind never seen in training alone finds nearly all"
# Where the second piece is cut. The alerts begin behind 0.65 of it; the later cut leaves some of them in training.
_BEFORE_ALERTS = 0.6
_AMONG_ALERTS = 0.78


def thunderbird(data_dir: Path, name: str, size: int, train_labels: TrainLabels, share: float) -> Task:
    """``share``: how much of the second piece is fitted on. One window of lines behind it belongs to neither part."""
    quiet, no_alerts = read_labelled(read_lines(data_dir / _QUIET))
    events, wrong = read_labelled(read_lines(data_dir / _ALERTED))
    end = int(share * len(events))
    cut = fixed(size)
    fit = cut.cases(quiet, no_alerts) + cut.cases(events[:end], wrong[:end])
    test = cut.cases(events[end + size :], wrong[end + size :])
    return Task(
        name, "stream", normal(fit) if train_labels == "normal-only" else tuple(fit), tuple(test), train_labels, _NOTE
    )


def _source(name: str, size: int, train_labels: TrainLabels, share: float) -> tuple[str, Source]:
    return name, Source(
        (_QUIET, _ALERTED), partial(thunderbird, name=name, size=size, train_labels=train_labels, share=share)
    )


SOURCES = dict(
    [
        _source("thunderbird-20", 20, "normal-only", _BEFORE_ALERTS),
        _source("thunderbird-100", 100, "normal-only", _BEFORE_ALERTS),
        _source("thunderbird-20-unlabelled", 20, "unlabelled", _AMONG_ALERTS),
    ]
)
