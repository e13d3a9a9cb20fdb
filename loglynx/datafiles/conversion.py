"""A log becomes a file of windows to train on; some spoiled copies beside them where a ratio is asked for.

In: a log in any packing. Out: rows ``{"lines", "label", "ts", "simulated"}``. ``label`` is what a label column said,
null where nobody knows, and 1 in a spoiled copy. Copies stand beside the windows that they were made of and are
marked, so that whoever trains or measures leaves them out and loses nothing.
Raises InputUnreadable, CommandFailed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loglynx.bench.task import Case, Events
from loglynx.datafiles.row_files import LINES_SUFFIX, SIMULATED, Row, row_file
from loglynx.reading import STDIN
from loglynx.training.cases import Reading, read_cases
from loglynx.training.simulated import spoil

_PACKINGS = {".gz", ".zst", ".bz2", ".xz"}


@dataclass(frozen=True, slots=True)
class Converted:
    """Rows written, those of them that were made up, and whether a label column told anything."""

    rows: int
    simulated: int
    is_labelled: bool


def default_output(source: str) -> Path:
    """``logs/app.log`` -> ``logs/app_jsonl.json``."""
    path = Path("stdin" if source == STDIN else source)
    while path.suffix in _PACKINGS:
        path = path.with_suffix("")
    return path.with_name(path.stem + LINES_SUFFIX)


def convert_log(source: str, output: Path, reading: Reading, simulated_ratio: float, seed: int) -> Converted:
    """Write ``output``; about ``simulated_ratio`` of its rows are spoiled copies."""
    read = read_cases(source, reading)
    # r of all rows: r / (1 - r) for each window
    share = simulated_ratio / (1 - simulated_ratio)
    windows = [case.events for case in read.cases]
    spoiled, chosen = spoil(windows, share, seed) if share > 0 else (windows, [False] * len(windows))
    count = 0
    with row_file(output) as append:
        for case, copy, is_copied in zip(read.cases, spoiled, chosen, strict=True):
            append(_row(case, read.is_told))
            if is_copied:
                append(_simulated(copy))
                count += 1
    return Converted(len(read.cases) + count, count, read.is_told)


def _row(case: Case, is_told: bool) -> Row:
    label = int(case.is_anomaly) if is_told else None
    return {**_text(case.events), "label": label, SIMULATED: False}


def _simulated(events: Events) -> Row:
    return {**_text(events), "label": 1, SIMULATED: True}


def _text(events: Events) -> Row:
    lines = [line for event in events for line in event.text.split("\n")]
    return {"lines": lines, "ts": next((e.timestamp_ms for e in events if e.timestamp_ms is not None), None)}
