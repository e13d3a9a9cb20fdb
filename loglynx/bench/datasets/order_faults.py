"""``order-<fault>-<stream>``: usual lines in an unusual course, put into real logs that have a course.

missing: a run of lines is gone · reorder: a run stands in reverse · repeat: one line comes again and again ·
ratio: half of the other lines are copies of one that is there.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets import hdfs, openstack
from loglynx.bench.datasets.plain_streams import STREAMS, read_stream
from loglynx.bench.datasets.source import Source
from loglynx.bench.datasets.twins import with_twins
from loglynx.bench.injections import Injected, drop_run, reorder_run, repeat_one, shift_ratio
from loglynx.bench.task import Case, Kind, Task
from shared.core.normalising import template_of
from shared.core.records import Event

FAULTS = ("missing", "reorder", "repeat", "ratio")
_SIZE, _FIT_SHARE = 20, 0.6
_NOTES = {
    "hdfs-raw": "sessions of one file block",
    "openstack": "few distinct sequences, no time",
    "healthapp": "windows of a stream of steps that repeat",
}
_TRIES = 5
_NOTE = (
    "; injected: the course of a window is changed, no line is new, and a course that normal life has too is not "
    "taken; each such window stands behind its twin"
)


class Usual(NamedTuple):
    """What normal windows have of kinds of events: their courses, what they are made of, and who follows whom."""

    courses: frozenset[tuple[str, ...]]
    contents: frozenset[tuple[str, ...]]
    followers: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, cases: Sequence[Case]) -> Usual:
        courses = frozenset(tuple(_kind(event) for event in case.events) for case in cases)
        contents = frozenset(tuple(sorted(course)) for course in courses)
        return cls(courses, contents, frozenset(pair for course in courses for pair in pairwise(course)))

    def is_broken_by(self, events: Sequence[Event], fault: str, kind: Kind) -> bool:
        """Order shows in a stream only by who follows whom, as its windows begin anywhere."""
        course = tuple(_kind(event) for event in events)
        if fault in {"missing", "reorder"} and kind == "stream":
            return any(pair not in self.followers for pair in pairwise(course))
        if fault == "reorder":
            return course not in self.courses
        return tuple(sorted(course)) not in self.contents


class _Normal(NamedTuple):
    """``following``: for each window to judge, the events that come after it in its stream; () for sessions."""

    kind: Kind
    fit: tuple[Case, ...]
    windows: list[Case]
    following: list[tuple[Event, ...]]


def order_faults(data_dir: Path, fault: str, stream: str) -> Task:
    name = f"order-{fault}-{stream}"
    normal = _normal(data_dir, stream)
    rng = np.random.default_rng(zlib.crc32(name.encode()))

    usual = Usual.of([*normal.fit, *normal.windows])

    def inject(at: int, rng: np.random.Generator) -> Injected[Event] | None:
        for _ in range(_TRIES):
            found = disturb(fault, normal.windows[at].events, normal.following[at], rng)
            if found is not None and usual.is_broken_by(found.items, fault, normal.kind):
                return found
        return None

    test = with_twins(normal.windows, inject, rng)
    return Task(name, normal.kind, normal.fit, tuple(test), note=_NOTES[stream] + _NOTE)


def disturb(
    fault: str, events: Sequence[Event], following: Sequence[Event], rng: np.random.Generator
) -> Injected[Event] | None:
    """The window's events under the fault. A window of a stream keeps its length, a session grows or shrinks."""
    is_stream = bool(following)
    match fault:
        case "missing":
            reach = round(len(events) * 4 / 3) if is_stream else len(events)
            found = drop_run([*events, *following][:reach], rng)
        case "reorder":
            found = reorder_run(events, rng, _kind)
        case "repeat":
            found = repeat_one(events, rng)
        case _:
            found = shift_ratio(events, rng, _kind)
    if found is None or not is_stream:
        return found
    return Injected(found.items[: len(events)], found.wrong[: len(events)])


@lru_cache(maxsize=1 << 18)
def _template(message: str) -> str:
    return template_of(message)


def _kind(event: Event) -> str:
    return _template(event.message)


@lru_cache(maxsize=1)
def _normal(data_dir: Path, stream: str) -> _Normal:
    """The four tasks of a stream share this."""
    match stream:
        case "hdfs-raw":
            fit, later = hdfs.split_by_time(hdfs.raw_sessions(data_dir), 0.8)
            windows = [case for case in later if not case.is_anomaly]
            return _Normal("sessions", fit, windows, [()] * len(windows))
        case "openstack":
            [task] = openstack.SOURCES["openstack-loghub"](data_dir)
            windows = [case for case in task.test if not case.is_anomaly]
            return _Normal("sessions", task.fit, windows, [()] * len(windows))
        case _:
            return _of_stream(read_stream(data_dir, "HealthApp-long"))


def _of_stream(events: list[Event]) -> _Normal:
    end = int(_FIT_SHARE * len(events))
    judged = events[end + _SIZE :]
    windows = [case for case in fixed(_SIZE).cases(judged) if len(case.events) == _SIZE]
    following = [tuple(judged[at * _SIZE : (at + 1) * _SIZE]) for at in range(1, len(windows) + 1)]
    # The last one has nothing behind it to fill it up again.
    return _Normal("stream", tuple(fixed(_SIZE).cases(events[:end])), windows[:-1], following[:-1])


def _needs(stream: str) -> tuple[str, ...]:
    match stream:
        case "hdfs-raw":
            return hdfs.SOURCES["hdfs-raw-70"].needs
        case "openstack":
            return openstack.SOURCES["openstack-loghub"].needs
        case _:
            return (STREAMS["HealthApp-long"].file,)


SOURCES = {
    f"order-{fault}-{stream}": Source(_needs(stream), partial(order_faults, fault=fault, stream=stream))
    for stream in _NOTES
    for fault in FAULTS
}
