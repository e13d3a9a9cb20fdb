"""IoTDB: one task per injected fault in a cluster of six nodes, labelled by when the fault was there.

Every recording is half a minute: start-up, then one injection, and where it was long enough some time after it.
A model must not learn "start-up is normal, work is not", so work without a fault is taken from other recordings:
half of those that have any give it to ``fit``, the other half to ``test``. Start-up is only ever fitted on.
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets.source import Source, read_lines
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case, Task
from shared.core.records import Event

_DIRECTORY = "multilog_iotdb"
_SINGLE = (
    "compaction",
    "cpu",
    "export",
    "flush",
    "import",
    "io",
    "memory",
    "network2",
    "network3",
    "query",
    "shutdown",
)
EXPERIMENTS = (
    *_SINGLE, *(f"{fault}_multi" for fault in _SINGLE), "multi_anomaly_single_node", "multi_anomaly_multi_node",
)  # fmt: skip
_WITH_WORK_AFTER = (
    "compaction_multi", "export", "flush_multi", "import", "import_multi", "io", "multi_anomaly_single_node",
    "network2_multi", "network3_multi", "shutdown_multi",
)  # fmt: skip
_SIZE = 100
_MOST_WINDOWS = 25  # per node and phase of another recording: enough to know it, and none outweighs the others
_NOTE = (
    "labelled by time for the whole cluster: many lines of a window that counts as anomalous are ordinary, so recall "
    "is bounded below 1, and most windows to judge count: the episode (was the fault noticed at all?) and the false "
    "alarms are the fairer measures; normal windows to judge are work without a fault, mostly from other recordings, "
    "and what differs between recordings counts as a false alarm"
)


class _Phases(NamedTuple):
    """Windows of one recording, of all nodes, in the order of time."""

    start_up: tuple[Case, ...]
    injected: tuple[Case, ...]
    after: tuple[Case, ...]


def split_prefix(line: str) -> tuple[str, bool]:
    """The line without the mark for "nothing was injected", and whether the mark was missing."""
    is_normal = line.startswith("- ")
    return (line[2:] if is_normal else line), not is_normal


def iotdb(data_dir: Path, experiment: str) -> Task:
    own = _phases(data_dir / _DIRECTORY / experiment)
    others = [name for name in _WITH_WORK_AFTER if name != experiment]
    known = [case for name in others[::2] for case in _work_after(data_dir / _DIRECTORY / name)]
    fresh = [case for name in others[1::2] for case in _work_after(data_dir / _DIRECTORY / name)]
    test = _by_time([*own.injected, *own.after, *fresh])
    hit = [at for at, case in enumerate(test) if case.is_anomaly]
    episodes = ((hit[0], hit[-1] + 1),) if hit else ()
    fit = tuple(_by_time([*own.start_up, *known]))
    return Task(f"iotdb-{experiment}", "stream", fit, tuple(test), note=_NOTE, episodes=episodes)


def _phases(directory: Path) -> _Phases:
    """Each node is a stream of its own; a window never reaches over a change of phase."""
    nodes = [_read_node(path) for path in sorted(directory.glob("node*.log.xz"))]
    injected_ms = [_at_ms(event) for events, injected in nodes for event in events[injected]]
    phases: tuple[list[Case], list[Case], list[Case]] = ([], [], [])
    for events, injected in nodes:
        begin, end = injected.start, injected.stop
        if begin == end and injected_ms:  # a node that wrote nothing meanwhile: it was down
            begin = end = sum(_at_ms(event) < min(injected_ms) for event in events)
        for phase, part in zip(phases, (events[:begin], events[begin:end], events[end:]), strict=True):
            phase.extend(fixed(_SIZE).cases(part))
    start_up, during, after = (_by_time(phase) for phase in phases)
    return _Phases(tuple(start_up), tuple(Case(case.events, True) for case in during), tuple(after))


def _read_node(path: Path) -> tuple[list[Event], slice]:
    """A node's events, and where those written during the injection stand."""
    split = [split_prefix(line) for line in read_lines(path)]
    during = [at for at, (_, is_injected) in enumerate(split) if is_injected]
    return parse_stream(text for text, _ in split), slice(during[0], during[-1] + 1) if during else slice(0, 0)


@lru_cache(maxsize=len(_WITH_WORK_AFTER))
def _work_after(directory: Path) -> tuple[Case, ...]:
    """A sample, even over time, of what a recording holds after its fault; the same for all tasks that use it."""
    after = _phases(directory).after
    step = -(-len(after) // _MOST_WINDOWS) or 1
    return after[::step]


def _by_time(cases: list[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: _at_ms(case.events[0]))


def _at_ms(event: Event) -> int:
    return event.timestamp_ms or 0


SOURCES = {
    f"iotdb-{name}": Source(
        tuple(f"{_DIRECTORY}/{part}" for part in dict.fromkeys((name, *_WITH_WORK_AFTER))),
        partial(iotdb, experiment=name),
    )
    for name in EXPERIMENTS
}
