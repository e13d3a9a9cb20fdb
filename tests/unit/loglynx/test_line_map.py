"""From events back to lines, by the server's own reading of the same bytes."""

from __future__ import annotations

from array import array
from itertools import accumulate, chain

from loglynx.line_map import EventLines, LineMap, lines_of_events

TRACE = b'ERROR boom\nTraceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: no\n'


def an_event_map(*events: tuple[int, ...]) -> EventLines:
    return EventLines(array("L", chain(*events)), array("L", accumulate(map(len, events), initial=0)))


def test_folded_and_blank_lines_are_accounted_for() -> None:
    body = b"INFO one\n\n" + TRACE + b"INFO two\n"
    events = lines_of_events(body, "web", first_line=101)
    assert [events.of(index) for index in range(len(events))] == [(101,), (103, 104, 105, 106, 107), (108,)]


def test_a_blank_line_inside_a_trace_is_stepped_over() -> None:
    first, rest = TRACE.split(b"\n", 1)
    events = lines_of_events(first + b"\n\n" + rest, "web", first_line=1)
    assert [number for index in range(len(events)) for number in events.of(index)] == [1, 3, 4, 5, 6]


def test_records_that_name_other_streams_cannot_be_placed() -> None:
    assert lines_of_events(b'{"message": "a", "stream": "x"}\nplain\n', "web", 1) == EventLines()


def test_a_map_finds_events_of_any_push() -> None:
    known = LineMap()
    known.add(10, an_event_map((21,), (22, 24)))
    known.add(0, an_event_map((1, 2)))
    known.add(10, an_event_map((21,), (22, 24)))  # a replayed push
    assert known.lines_of(0) == (1, 2)
    assert known.lines_of(11) == (22, 24)
    assert known.lines_of(1) == ()
    assert known.lines_of(12) == ()
    assert LineMap().lines_of(0) == ()
