"""Keeps a recording small: runs of lines are cut at their end, never thinned, so order and repetition stay true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from services.trainer.datasets.recorded.lab import NORMAL, RecordedLine

NORMAL_LINES = 4_500  # of a stream
FAULT_LINES = 350  # of a stream, for each fault


def trim(lines: Sequence[RecordedLine]) -> list[RecordedLine]:
    """Lines stream by stream; of each stretch of a phase, so many of the first as its phase's allowance gives it."""
    by_stream: dict[str, list[RecordedLine]] = defaultdict(list)
    for line in lines:
        by_stream[line.stream].append(line)
    return [line for stream in sorted(by_stream) for line in _trim_stream(by_stream[stream])]


def _trim_stream(lines: Sequence[RecordedLine]) -> list[RecordedLine]:
    total: dict[str, int] = defaultdict(int)
    for line in lines:
        total[line.phase] += 1
    kept: list[RecordedLine] = []
    for phase, stretch in groupby(lines, key=lambda line: line.phase):
        whole = list(stretch)
        allowed = NORMAL_LINES if phase == NORMAL else FAULT_LINES
        kept += whole[: max(1, len(whole) * allowed // max(allowed, total[phase]))]
    return kept
