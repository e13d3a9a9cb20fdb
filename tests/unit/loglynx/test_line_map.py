"""From events back to lines, by the server's own reading of the same bytes."""

from __future__ import annotations

from loglynx.line_map import LineMap, lines_of_events

TRACE = b'ERROR boom\nTraceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: no\n'


def test_folded_and_blank_lines_are_accounted_for() -> None:
    body = b"INFO one\n\n" + TRACE + b"INFO two\n"
    lines = lines_of_events(body, "web", first_line=101)
    assert lines[0] == (101, 1)
    assert lines[-1] == (108, 1)
    assert sum(count for _, count in lines) == 7
    assert lines[1][0] == 103


def test_records_that_name_other_streams_cannot_be_placed() -> None:
    assert lines_of_events(b'{"message": "a", "stream": "x"}\nplain\n', "web", 1) == []


def test_a_map_finds_events_of_any_push() -> None:
    known = LineMap()
    known.add(10, [(21, 1), (22, 3)])
    known.add(0, [(1, 2)])
    known.add(10, [(21, 1), (22, 3)])  # a replayed push
    assert known.lines_of(0) == (1, 2)
    assert known.lines_of(11) == (22, 23, 24)
    assert known.lines_of(1) == ()
    assert known.lines_of(12) == ()
    assert LineMap().lines_of(0) == ()
