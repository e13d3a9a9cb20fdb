"""Two tasks for each unlabelled log: how often a detector cries wolf, and whether it sees lines of other systems.

``logtransfer-X-clean`` is the log as it is, ``logtransfer-X`` the same with one to three lines of other systems in a
tenth of the windows to judge, in place of its own. Half of those lines speak of trouble, half do not.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets.plain_streams import STREAMS, read_stream, samples
from loglynx.bench.datasets.source import Source
from loglynx.bench.injections import replace_some
from loglynx.bench.task import Case, Task
from shared.core.records import Event

_FIT_WINDOWS = 500
_SHARE = 0.1
_PER_STREAM = 200
_TROUBLE = re.compile(r"(?i)error|fail|exception|warn|denied|refused|timeout|fatal|错误|失败|异常|超时|拒绝")
_CLEAN_NOTE = "no known anomaly: every flag counts as a false alarm, though a real log may well hold true ones"
_NOTE = "lines of other systems stand in for those of a new part of this one; their time is that of the line replaced"
_SAMPLED_NOTE = "; a sample of 2,000 lines, neighbours were none in the log"


def log_transfer(data_dir: Path, stream: str, is_clean: bool) -> Task:
    size = STREAMS[stream].window
    events = read_stream(data_dir, stream)
    end = min(_FIT_WINDOWS * size, len(events) // 2)
    fit, test = fixed(size).cases(events[:end]), fixed(size).cases(events[end + size :])
    note = _CLEAN_NOTE if is_clean else _NOTE
    if not is_clean:
        test = with_strangers(test, _strangers(data_dir, stream), np.random.default_rng(zlib.crc32(stream.encode())))
    suffix, sampled = "-clean" if is_clean else "", _SAMPLED_NOTE if size == 4 else ""
    return Task(f"logtransfer-{stream}{suffix}", "stream", tuple(fit), tuple(test), note=note + sampled)


def with_strangers(
    windows: Sequence[Case], strangers: tuple[Sequence[Event], Sequence[Event]], rng: np.random.Generator
) -> list[Case]:
    """A tenth of the windows get lines of the first and of the second kind of strangers, in turns."""
    chosen = sorted(rng.choice(len(windows), max(1, round(_SHARE * len(windows))), replace=False).tolist())
    mixed = list(windows)
    for turn, at in enumerate(chosen):
        own = windows[at].events
        injected = replace_some(own, strangers[turn % 2] or strangers[1 - turn % 2], rng)
        if injected is not None:
            timed = zip(injected.items, own, injected.wrong, strict=True)
            events = tuple(replace(e, timestamp_ms=before.timestamp_ms) if hit else e for e, before, hit in timed)
            mixed[at] = Case(events, True, tuple(injected.wrong))
    return [case if case.wrong else Case(case.events, False, (False,) * len(case.events)) for case in mixed]


def _strangers(data_dir: Path, stream: str) -> tuple[list[Event], list[Event]]:
    """Lines of all other families, that speak of trouble and that do not."""
    family = STREAMS[stream].family
    found: tuple[list[Event], list[Event]] = ([], [])
    for name, events in samples(data_dir, _PER_STREAM).items():
        if STREAMS[name].family != family:
            for event in events:
                found[_TROUBLE.search(event.message) is None].append(event)
    return found


def _sources() -> dict[str, Source]:
    found = {}
    for name, stream in STREAMS.items():
        for suffix, is_clean in (("", False), ("-clean", True)):
            build = partial(log_transfer, stream=name, is_clean=is_clean)
            found[f"logtransfer-{name}{suffix}"] = Source((stream.file,), build)
    return found


SOURCES = _sources()
