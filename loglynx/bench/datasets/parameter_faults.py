"""``params-<fault>-<stream>``: lines of real logs whose kind is usual and whose value is not.

Latency five times as long, a status 500 for 200, a size of 0, ten times the retries, in a tenth of the windows.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets import hdfs
from loglynx.bench.datasets.simulated import normal_life
from loglynx.bench.datasets.source import Source, read_lines
from loglynx.bench.datasets.twins import altering, with_twins
from loglynx.bench.injections import PARAMETER_FAULTS
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case, Kind, Task
from shared.core.records import Event

_FIT_SHARE = 0.6
# Stream -> its file, lines of a window, and the faults that enough of its lines can have and that none has anyway:
# answers of 0 bytes are common in the site's traffic, so there is no size fault in it.
_STREAMS = {
    "openstack": ("loghub_2k/OpenStack_2k.log.gz", 10, ("latency", "status", "size")),
    "nova": ("openstack/raw_mixed_unlabelled.log.gz", 20, ("latency",)),
    "web": ("web_access/real_traffic_apache_part1.log.gz", 20, ("status",)),
    "spark": ("loghub_2k/Spark_2k.log.gz", 10, ("size",)),
    "hadoop": ("loghub_2k/Hadoop_2k.log.gz", 10, ("retry",)),
}
# Systems of our own: Chinese keys and units, and JSON.
_SIMULATED = {"gateway_zh": ("latency", "status", "size"), "go_orders": ("latency", "status")}
_SIMULATED_LINES = 6000
_HDFS = "hdfs-raw"
_NOTE = (
    "injected: one to three lines of a window have an odd value; each such window stands behind its twin without it; "
    "the log is taken to be normal otherwise"
)


def parameter_faults(data_dir: Path, fault: str, stream: str) -> Task:
    name = f"params-{fault}-{stream}"
    file, size, _ = _STREAMS[stream]
    events = parse_stream(line for line in read_lines(data_dir / file) if line.strip())
    if stream == "nova":  # nothing in it says when
        events = [replace(event, timestamp_ms=None) for event in events]
    return _of_stream(name, fault, events, size)


def parameter_faults_simulated(_: Path, fault: str, system: str) -> Task:
    return _of_stream(f"params-{fault}-{system}", fault, normal_life(system, _SIMULATED_LINES), 10)


def parameter_faults_hdfs(data_dir: Path, fault: str) -> Task:
    fit, later = hdfs.split_by_time(hdfs.raw_sessions(data_dir), 0.8)
    return _task(f"params-{fault}-{_HDFS}", "sessions", fault, fit, [case for case in later if not case.is_anomaly])


def _of_stream(name: str, fault: str, events: list[Event], size: int) -> Task:
    end = int(_FIT_SHARE * len(events))
    fit, windows = fixed(size).cases(events[:end]), fixed(size).cases(events[end + size :])
    return _task(name, "stream", fault, tuple(fit), windows)


def _task(name: str, kind: Kind, fault: str, fit: tuple[Case, ...], windows: list[Case]) -> Task:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    test = with_twins(windows, altering(windows, PARAMETER_FAULTS[fault]), rng)
    return Task(name, kind, fit, tuple(test), note=_NOTE)


SOURCES = {
    f"params-{fault}-{stream}": Source((file,), partial(parameter_faults, fault=fault, stream=stream))
    for stream, (file, _, faults) in _STREAMS.items()
    for fault in faults
}
SOURCES[f"params-size-{_HDFS}"] = Source(
    hdfs.SOURCES["hdfs-raw-70"].needs, partial(parameter_faults_hdfs, fault="size")
)
SOURCES |= {
    f"params-{fault}-{system}": Source((), partial(parameter_faults_simulated, fault=fault, system=system))
    for system, faults in _SIMULATED.items()
    for fault in faults
}
