"""Recordings as streams: what real servers logged in normal life, and what they logged while being broken.

In: ``data/<system>.jsonl.gz``. Out: Streams for training (``recorded_streams``) and lines with their truth for
evaluation (``recorded_faulty``). Lines are folded, parsed and normalised as when serving.
An event of a fault's time is *wrong* only if normal life never wrote its template, ids aside: while a server breaks,
much of what it logs is what it always logs.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np

from services.trainer.datasets.recorded.lab import NORMAL, RecordedLine
from services.trainer.datasets.streams import Draft, Stream, TemplateBook, draft_of, tone_of
from shared.core.folding import fold
from shared.core.normalising import template_of
from shared.core.parsing import LineParser
from shared.core.records import Event

DATA = Path(__file__).parent / "data"
_RECEIVED_MS = 1_796_000_000_000  # the end of 2026: dates the stamps without a year
_LEAD_IN = 60  # normal events before and after each fault in a Stream's ``faults``
_REPEATS, _TEMPLATES_OF_A_FAULT = 3, 40  # a crash report has hundreds of lines, and is one fault all the same
_BEARS_DIGIT = re.compile(r"[A-Za-z0-9_]*\d[A-Za-z0-9_]*")  # an id that masking left: a new one is nothing new
_FEWEST_EVENTS = 200  # of normal life; a smaller stream teaches nothing


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One stream's lines in order; ``phases[i]`` is "normal" or "fault:<name>" for ``lines[i]``."""

    name: str
    lines: tuple[str, ...]
    phases: tuple[str, ...]


def recorded_systems() -> tuple[str, ...]:
    """Names of the systems that were recorded."""
    return tuple(sorted(path.name.removesuffix(".jsonl.gz") for path in DATA.glob("*.jsonl.gz")))


def write_recording(path: Path, lines: Iterable[RecordedLine]) -> None:
    """One JSON object per line, gzipped; the same lines give the same bytes."""
    text = "".join(json.dumps(line._asdict(), ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode("utf-8", "replace"), 9, mtime=0))


@cache
def read_recording(system: str) -> tuple[RecordedRun, ...]:
    """Every stream of one system. FileNotFoundError if it was not recorded."""
    by_stream: dict[str, list[RecordedLine]] = defaultdict(list)
    with gzip.open(DATA / f"{system}.jsonl.gz", "rt", encoding="utf-8") as file:
        for text in file:
            line = RecordedLine(**json.loads(text))
            by_stream[line.stream].append(line)
    return tuple(
        RecordedRun(stream, tuple(line.line for line in lines), tuple(line.phase for line in lines))
        for stream, lines in by_stream.items()
    )


def recorded_faulty(name: str) -> RecordedRun:
    """The stream of this name, normal life and faults, line by line with its phase. KeyError if there is none."""
    for system in recorded_systems():
        for run in read_recording(system):
            if run.name == name:
                return run
    raise KeyError(name)


def recorded_streams(book: TemplateBook, without: Sequence[str] = ()) -> list[Stream]:
    """A Stream for each stream recorded, but for the systems in ``without``.

    events     normal life
    failures   what only faults wrote, so much of each
    faults     the stretches in which things broke and normal life around them; ``wrong``: what only faults wrote
    """
    runs = [run for system in recorded_systems() if system not in without for run in read_recording(system)]
    return [stream for run in runs if (stream := _stream_of(run, book)) is not None]


def _stream_of(run: RecordedRun, book: TemplateBook) -> Stream | None:
    events, phases = _read(run)
    kinds = [book.number(template_of(event.message), tone_of(event)) for event in events]
    calm = np.array([phase == NORMAL for phase in phases])
    if int(calm.sum()) < _FEWEST_EVENTS:
        return None
    shapes = [_BEARS_DIGIT.sub("#", book.templates[kind]) for kind in kinds]
    usual = {shape for shape, is_calm in zip(shapes, calm, strict=True) if is_calm}
    wrong = [shape not in usual for shape in shapes]
    whole = draft_of(events, kinds, wrong)
    normal, rows = whole.take(np.flatnonzero(calm)), _telling_rows(kinds, phases, wrong)
    if not rows:
        return Stream(f"recorded-{run.name}", normal)
    return Stream(f"recorded-{run.name}", normal, failures=_unmarked(whole, rows), faults=whole.take(_around(calm)))


def _read(run: RecordedRun) -> tuple[list[Event], list[str]]:
    """The run's events, each with the phase of its first line."""
    events: list[Event] = []
    phases: list[str] = []
    parser, start = LineParser(), 0
    for phase, stretch in groupby(run.phases):
        end = start + len(list(stretch))
        for folded in fold(run.lines[start:end]):
            events.append(parser.parse(folded.text, _RECEIVED_MS))
            phases.append(phase)
        start = end
    return events, phases


def _telling_rows(kinds: Sequence[int], phases: Sequence[str], wrong: Sequence[bool]) -> list[int]:
    """Rows of what only faults wrote: a template up to three times, of a fault the first so many templates."""
    times: Counter[int] = Counter()
    of_fault: dict[str, set[int]] = defaultdict(set)
    rows = []
    for row, (kind, phase, is_wrong) in enumerate(zip(kinds, phases, wrong, strict=True)):
        known = of_fault[phase]
        if not is_wrong or times[kind] == _REPEATS or (kind not in known and len(known) == _TEMPLATES_OF_A_FAULT):
            continue
        known.add(kind)
        times[kind] += 1
        rows.append(row)
    return rows


def _unmarked(draft: Draft, rows: Sequence[int]) -> Draft:
    taken = draft.take(np.asarray(rows, dtype=np.int64))
    return Draft(taken.kind, taken.features, taken.times_ms, taken.source, np.zeros(len(rows), dtype=bool))


def _around(calm: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows within ``_LEAD_IN`` of an event that is not calm."""
    near = np.convolve(~calm, np.ones(2 * _LEAD_IN + 1, dtype=np.int64), mode="same") > 0
    return np.flatnonzero(near)
