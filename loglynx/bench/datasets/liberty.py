"""Liberty: seventy windows of a hundred lines, with the truth about every line; no time, no node."""

from __future__ import annotations

from pathlib import Path

from loglynx.bench.cutting import normal
from loglynx.bench.datasets.source import Source, read_rows
from loglynx.bench.stream_events import parse_stream
from loglynx.bench.task import Case, Task

_FILE = "liberty/windows.jsonl.gz"
_FIT_SHARE = 0.6
_NOTE = (
    "very small, so thresholds from it are rough; one alert kind, of which a window has 1 to 3 lines; an event kind "
    "never seen in training alone reaches F1 1.0: of use for localisation"
)


def liberty(data_dir: Path) -> Task:
    cases = [_case(row["lines"], row["line_labels"]) for row in read_rows(data_dir / _FILE)]
    end = int(_FIT_SHARE * len(cases))
    # The window that lies between the parts stays out, as with any stream.
    return Task("liberty-100", "stream", normal(cases[: end - 1]), tuple(cases[end:]), note=_NOTE)


def _case(lines: list[str], labels: list[int]) -> Case:
    wrong = tuple(bool(label) for label in labels)
    return Case(tuple(parse_stream(lines)), any(wrong), wrong)


SOURCES = {"liberty-100": Source((_FILE,), liberty)}
