"""Windows with what is known of them, out of whatever a person has: raw logs, JSON, directories, a running stream.

FILE.log ...      raw lines, any packing; traces are folded, lines parsed as everywhere
FILE.json(l)      a sequence per record: a list of lines, or an object with lines (or one line) and perhaps a label
DIR               with dataset.json a data set of `loglynx bench`; else each file in it is cut on its own, and windows
                  of all files stand in the order of time, whatever they are called: app.log.1 was before app.log
stream:NAME       what the archive and the stack hold of that stream

Raises InputUnreadable, with the file and the record but nothing of its content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from pathlib import Path

from loglynx.bench.cutting import Cut
from loglynx.bench.datasets.labelled_lines import split_label
from loglynx.bench.own_dataset import is_dataset, read_dataset
from loglynx.bench.own_window import read_window
from loglynx.bench.stream_events import StreamReader
from loglynx.bench.task import Case
from loglynx.failures import CommandFailed, InputUnreadable
from loglynx.progress import reading_progress
from loglynx.reading import open_input
from loglynx.terminal import remarks, safe
from loglynx.training.sequence_records import MAX_LINE_CHARS, partly_told, session_cases
from loglynx.training.stream_source import PREFIX, StreamSource
from shared.core.decoding import decode_bytes, make_safe
from shared.core.folding import fold

SESSIONS = "sessions"
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_PACKINGS = (".gz", ".zst", ".bz2", ".xz")


@dataclass(frozen=True, slots=True)
class ReadCases:
    """cases  in the order of time    window  the rule that they were cut by, or SESSIONS
    test      cases that the data itself sets apart for testing; empty where it does not
    is_told   whether anything was labelled    digest  SHA-256 of every event's text and every label
    """

    name: str
    cases: tuple[Case, ...]
    window: str
    is_told: bool
    digest: str
    test: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read. has_label_column: the first word of a line is its label, ``-`` for normal, as in BGL.

    limit  windows at most, the first ones    streams  who keeps lines of ``stream:NAME``
    """

    window: str = "fixed:20"
    has_label_column: bool = False
    limit: int | None = None
    streams: StreamSource | None = None


def read_cases(source: str, reading: Reading) -> ReadCases:
    """All of ``source``; see the module's docstring."""
    if source.startswith(PREFIX):
        return _of_stream(source.removeprefix(PREFIX), reading)
    path = Path(source)
    if path.is_dir() and is_dataset(path):
        task = read_dataset(path)
        told = any(case.is_anomaly or case.wrong is not None for case in (*task.fit, *task.test))
        return _read(source, task.fit[: reading.limit], SESSIONS, told, task.test)
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    if not files:
        raise InputUnreadable(f"{source}: there is no file in it", "give a log file, or a directory of them")
    parts = [_of_file(file, reading) for file in files]
    timed = [_timed(part.cases, file) for part, file in zip(parts, files, strict=True)]
    cases = [case for _, case in merge(*timed, key=lambda each: each[0])]
    windows = {part.window for part in parts}
    window = windows.pop() if len(windows) == 1 else SESSIONS
    return _read(source, cases[: reading.limit], window, any(part.is_told for part in parts))


def _timed(cases: Iterable[Case], file: Path) -> list[tuple[float, Case]]:
    """Each with its time in ms, which never falls: of its first line that tells one, else of the case before. Before
    any, the first time in the file; where no line tells one, when the file was last written."""
    stamps = [next((e.timestamp_ms for e in case.events if e.timestamp_ms is not None), None) for case in cases]
    at = float(next((stamp for stamp in stamps if stamp is not None), file.stat().st_mtime * 1000))
    timed = []
    for case, stamp in zip(cases, stamps, strict=True):
        at = at if stamp is None else max(at, stamp)
        timed.append((at, case))
    return timed


def _of_file(path: Path, reading: Reading) -> ReadCases:
    with open_input(str(path)) as opened, reading_progress(remarks(), opened, path.name) as lines:
        if is_json(path):
            cases, told = session_cases(path.name, lines, reading.limit)
            if remark := partly_told(path.name, told, len(cases)):
                remarks().print(safe(remark))
            return _read(str(path), cases, SESSIONS, told > 0)
        texts = _bounded(lines, reading)
        return _of_lines(path.name, texts, reading)


def _of_stream(name: str, reading: Reading) -> ReadCases:
    if reading.streams is None:
        raise CommandFailed("no stack to ask for streams", "give a file")
    reader = StreamReader(name)
    events = [reader.read(make_safe(text, MAX_LINE_CHARS)[0], at_ms) for text, at_ms in reading.streams.lines(name)]
    if not events:
        raise CommandFailed(
            "the stack holds no line of that stream: neither its archive nor what waits to be judged",
            "push lines again, or give a file",
        )
    cases = _cut(name, reading).cases(events)
    return _read(PREFIX + name, cases[: reading.limit], reading.window, is_told=False)


def _of_lines(name: str, lines: Iterable[str], reading: Reading) -> ReadCases:
    reader = StreamReader(name)
    if reading.has_label_column:
        split = [split_label(line) for line in lines]
        events = [reader.read(text) for text, _ in split]
        wrong: list[bool] | None = [is_wrong for _, is_wrong in split]
    else:
        events = [reader.read(folded.text) for folded in fold(list(lines))]
        wrong = None
    try:
        cases = _cut(name, reading).cases(events, wrong)
    except ValueError as error:
        raise InputUnreadable(
            f"{name}: windows by time need a time in the first line", "--window fixed:20"
        ) from error
    return _read(name, cases[: reading.limit], reading.window, wrong is not None)


def _bounded(lines: Iterable[bytes], reading: Reading) -> Iterator[str]:
    """Safe texts, blank ones dropped; of fixed windows no more lines than the limit needs."""
    most = None
    kind, _, size = reading.window.partition(":")
    if reading.limit is not None and kind == "fixed" and size.isdigit():
        most = 4 * reading.limit * int(size)  # folding makes fewer events of them
    safe = (make_safe(decode_bytes(line), MAX_LINE_CHARS)[0] for line in islice(lines, most))
    return (text for text in safe if text.strip())


def _cut(name: str, reading: Reading) -> Cut:
    try:
        return read_window(reading.window)
    except (ValueError, TypeError) as error:
        raise CommandFailed(f"{reading.window!r} is no window rule", "fixed:20, sliding:10:1, time:60 ...") from error


def _read(name: str, cases: Iterable[Case], window: str, is_told: bool, test: tuple[Case, ...] = ()) -> ReadCases:
    kept = tuple(case for case in cases if case.events)
    digest = hashlib.sha256()
    for case in (*kept, *test):
        for event in case.events:
            digest.update(event.text.encode(errors="replace") + b"\n")
        digest.update(b"1\n" if case.is_anomaly else b"0\n")
    return ReadCases(Path(name).name if PREFIX not in name else name, kept, window, is_told, digest.hexdigest(), test)


def is_json(path: Path) -> bool:
    """By its name, packed or not."""
    suffixes = [suffix for suffix in path.suffixes if suffix not in _PACKINGS]
    return bool(suffixes) and suffixes[-1].lower() in _JSON_SUFFIXES
