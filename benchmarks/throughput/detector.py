"""Lines that the detector's path takes per second of CPU time, and which stage the time goes to.

    OMP_NUM_THREADS=1 python benchmarks/throughput/detector.py [--gpu] [--lines 6000] [--size 10] [--repeats 3]

Simulated logs of every system, one stream each, with no fault: parsed, cut into windows of ``--size``, read and
judged in rounds of 5 000 events over all streams, as a busy detector does, without Redis. The first 250 windows of
each stream are learnt and fill the table of lines beforehand; what is timed comes after them. Of ``--repeats`` that
with the least CPU time counts, one thread each.

Prints one JSON object: per provider lines a CPU second and a wall second, microseconds of CPU a line by stage, and
the share of lines that were new to the table: those alone reach the line encoder. ``known_lines_per_cpu_second``
leaves out the line encoder: the rate of a stream that says nothing new. Without ``--gpu`` that is the CPU; with it
both, or the reason why CUDA does not run. CPU time on CUDA includes waiting for the card, which spins.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from services.detector import gather_evidence
from services.detector.device import Device
from services.detector.gather_evidence import EvidenceReader
from services.detector.score_windows import Budget, Judge
from services.detector.worker import load_detector
from services.trainer.datasets.simulators.catalogue import SIMULATORS, simulate
from shared.core import side_channel
from shared.core.baseline import Baseline
from shared.core.parsing import LineParser
from shared.core.records import Event, Window
from shared.errors import DeviceUnavailable

LEARN_WINDOWS = 200
WARM_WINDOWS = 250  # the first judged ones fit the scorers
EVENTS_PER_ROUND = 5_000
SIDE_FUNCTIONS = (
    "numbers_of", "event_features", "window_features", "quantities", "gaps", "source_ids", "times_of",
)  # fmt: skip


class Stopwatch:
    """CPU seconds by stage; a stage inside another is not counted twice."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            with self.stage(stage):
                return function(*args, **kwargs)

        return run

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._inner.append(0.0)
        started = time.process_time()
        try:
            yield
        finally:
            took = time.process_time() - started
            self.seconds[name] += took - self._inner.pop()
            self._inner[-1] += took


class Path:
    """What a detector does with lines between the ledger's read and commit."""

    def __init__(self, device: Device, size: int) -> None:
        self.reader, reference = load_detector(None, 1, 100_000, device)
        self.judge = Judge(self.reader.model.version, reference, Budget(0.001, 0.01))
        self.size = size
        self.parsers = {name: LineParser() for name in SIMULATORS}
        self.baselines = {name: Baseline(LEARN_WINDOWS) for name in SIMULATORS}

    def round(self, texts: dict[str, list[str]], watch: Stopwatch) -> None:
        """The next lines of each stream."""
        windows: list[list[Event]] = []
        names: list[str] = []
        for name, lines in texts.items():
            with watch.stage("parsing"):
                events = [self.parsers[name].parse(line, 0) for line in lines]
            windows += [events[at : at + self.size] for at in range(0, len(events), self.size)]
            names += [name] * (len(windows) - len(names))
        with watch.stage("gathering"):
            evidence = self.reader.read(windows)
        for name in texts:
            mine = [i for i, owner in enumerate(names) if owner == name]
            judged = [Window(name, tuple(range(len(windows[i]))), f"fixed:{self.size}") for i in mine]
            with watch.stage("judging"):
                _, self.baselines[name], _ = self.judge.judge(
                    judged, [evidence[i] for i in mine], self.baselines[name], 0, is_sequence=False
                )


@contextmanager
def watching(reader: EvidenceReader, watch: Stopwatch) -> Iterator[None]:
    """Time what the reader calls."""
    with ExitStack() as stack:

        def time_calls(owner: Any, attribute: str, stage: str) -> None:
            timed = watch.timed(stage, getattr(owner, attribute))
            stack.enter_context(patch.object(owner, attribute, timed))

        time_calls(gather_evidence, "line_ids", "line ids and table")
        time_calls(reader.cache, "lookup", "line ids and table")
        time_calls(reader.cache, "_encode", "line encoder")
        time_calls(reader.model, "score", "sequence model")
        for name in SIDE_FUNCTIONS:
            time_calls(side_channel, name, "side features")
        yield


def measure(device: Device, logs: dict[str, list[str]], size: int) -> dict[str, Any]:
    """One pass in the steady state."""
    path, watch, warm = Path(device, size), Stopwatch(), WARM_WINDOWS * size
    for name, lines in logs.items():
        path.round({name: lines[:warm]}, Stopwatch())
    share = max(EVENTS_PER_ROUND // len(logs) // size, 1) * size
    longest = max(len(lines) for lines in logs.values())
    count = sum(len(lines) - warm for lines in logs.values())
    misses, wall = path.reader.cache.misses, time.monotonic()
    with watching(path.reader, watch):
        for at in range(warm, longest, share):
            path.round({name: lines[at : at + share] for name, lines in logs.items()}, watch)
    wall = time.monotonic() - wall
    cpu = sum(watch.seconds.values())
    stages = sorted(watch.seconds.items(), key=lambda item: -item[1])
    return {
        "provider": path.reader.model.provider,
        "model": path.reader.model.version,
        "lines": count,
        "lines_per_cpu_second": round(count / cpu),
        "known_lines_per_cpu_second": round(count / (cpu - watch.seconds["line encoder"])),
        "lines_per_wall_second": round(count / wall),
        "cpu_us_per_line": round(1e6 * cpu / count, 2),
        "by_stage": {stage: round(1e6 * s / count, 2) for stage, s in stages},
        "new_line_share": round((path.reader.cache.misses - misses) / count, 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpu", action="store_true", help="measure CUDA too")
    parser.add_argument("--lines", type=int, default=6_000, help="of each stream, those learnt included")
    parser.add_argument("--size", type=int, default=10, help="events of a window")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    if asked.lines <= WARM_WINDOWS * asked.size:
        parser.error(f"--lines must be more than the {WARM_WINDOWS * asked.size} that are learnt")
    logs = {name: [line.text for line in simulate(name, 5, asked.lines)] for name in SIMULATORS}
    report: dict[str, Any] = {}
    for device in [Device.CPU, *([Device.CUDA] if asked.gpu else [])]:
        try:
            passes = [measure(device, logs, asked.size) for _ in range(asked.repeats)]
            report[device.value] = min(passes, key=lambda found: found["cpu_us_per_line"])
        except DeviceUnavailable as error:
            report[device.value] = {"skipped": error.detail}
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
