"""A log in pieces: events, windows and line numbers come out as if it had come at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from loglynx.live import LiveStream
from services.detector.score_windows import Budget, Judge
from shared.core.evidence import VALUE_SLOTS, WindowEvidence
from shared.core.lexicon import trouble
from shared.core.normalising import template_id, template_of
from shared.core.records import Event, Flag
from shared.core.reference import Reference
from shared.core.windowing import WindowRule

DIM = 32
NORMAL = [b"2026-03-02 10:00:00 INFO app: request 1 served in %d ms" % (n % 7) for n in range(400)]
TRACE = [
    b"2026-03-02 10:00:00 FATAL app: data corrupted",
    b"Traceback (most recent call last):",
    b'  File "a.py", line 1, in f',
    b"ValueError: bad",
]


class Reader:
    """Evidence from templates alone, in place of the models."""

    def __init__(self) -> None:
        self.windows: list[list[Event]] = []

    def read(self, windows: Sequence[Sequence[Event]]) -> list[WindowEvidence]:
        self.windows += [list(events) for events in windows]
        return [evidence_of(events) for events in windows]


def evidence_of(events: Sequence[Event]) -> WindowEvidence:
    templates = [template_of(event.message) for event in events]
    ids = np.array([template_id(template) for template in templates], dtype=np.uint64)
    vectors = np.stack([np.random.default_rng(int(i)).normal(size=DIM) for i in ids]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = np.array(
        [trouble(template, event.level) for template, event in zip(templates, events, strict=True)], dtype=np.float32
    )
    embedding = vectors.mean(axis=0) / np.linalg.norm(vectors.mean(axis=0))
    surprise, values = np.full(len(ids), 0.5, np.float32), np.full((len(ids), VALUE_SLOTS), np.nan, np.float32)
    gaps = np.full(len(ids), np.nan, np.float32)
    return WindowEvidence(ids, vectors, words, surprise, 0.05, embedding, values, gaps)


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def stream(reader: Reader) -> LiveStream:
    reference = Reference.of([evidence_of([Event(f"normal {n}", f"normal {n}")] * 10) for n in range(200)])
    judge = Judge("test", reference, Budget(0.001, 0.01))
    return LiveStream(reader, judge, WindowRule.parse("fixed:10"), learn_windows=20)  # type: ignore[arg-type]


def feed(stream: LiveStream, lines: Sequence[bytes], cuts: Sequence[int] = ()) -> list[Flag]:
    flags = []
    for start, end in pairwise([0, *cuts, len(lines)]):
        flags += stream.add(lines[start:end], 0)
    return flags + stream.settle(0)


def test_it_learns_and_then_finds_the_strange_lines_by_number(stream: LiveStream) -> None:
    assert feed(stream, NORMAL[:100]) == []
    assert (stream.learnt_share, stream.is_ready) == (0.5, False)
    assert feed(stream, NORMAL[100:]) == []
    assert stream.is_ready
    (flag,) = feed(stream, [*NORMAL[:5], *TRACE, *NORMAL[:4]])
    strange = max(flag.events, key=lambda event: event.surprise)
    assert strange.seq == 406  # 400 lines before, then five
    assert strange.text.split("\n")[0].encode() == TRACE[0]
    assert [event.seq for event in flag.events][-1] == 413


@pytest.mark.parametrize("cuts", [[], [1, 2, 3], [6], [7, 8], list(range(1, 13))])
def test_pieces_make_no_difference(stream: LiveStream, reader: Reader, cuts: list[int]) -> None:
    lines = [*NORMAL[:5], *TRACE, *NORMAL[:4]]
    feed(stream, lines, cuts)
    assert [[event.text.encode() for event in window] for window in reader.windows] == [
        [*NORMAL[:5], b"\n".join(TRACE), *NORMAL[:4]]
    ]


def test_blank_lines_count_as_lines_and_make_no_events(stream: LiveStream, reader: Reader) -> None:
    feed(stream, NORMAL)
    stream.number_from_one()
    (flag,) = feed(stream, [b"", b"  ", *TRACE[:1], *NORMAL[:9]])
    assert flag.events[0].seq == 3


def test_memory_holds_open_windows_only(stream: LiveStream) -> None:
    stream.add(NORMAL, 0)
    assert len(stream._events) < 20
