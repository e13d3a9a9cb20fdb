"""From positions of events in a stream back to lines of what was pushed.

The server folds stack traces and drops blank lines; the same code, run here on the same bytes, says which line each
event began at.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from services.ingest.intake import IntakeRules, take_in
from services.ingest.protocols.native import decode_push


def lines_of_events(body: bytes, stream: str, first_line: int) -> list[tuple[int, int]]:
    """(first line, number of lines) of each event of one text body whose first line has the number ``first_line``.

    [] when records of the body name other streams: then positions cannot be told.
    """
    batch = decode_push(body, "text/plain", max_lines=len(body) + 1)
    intake = take_in(batch, IntakeRules(stream, "fixed:10", max_streams=2), received_ms=0)
    if len(intake.parts) != 1:
        return []
    refused = {item.index for item in intake.rejected}
    kept = [index for index in range(batch.received) if index not in refused]
    counts = intake.parts[0].block.line_counts
    starts = [0, *accumulate(counts)]
    return [(first_line + kept[start], count) for start, count in zip(starts, counts, strict=False)]


@dataclass(slots=True)
class LineMap:
    """Lines of the events of one stream; filled push by push."""

    _firsts: list[int] = field(default_factory=list)
    _lines: list[list[tuple[int, int]]] = field(default_factory=list)

    def add(self, first_event: int, lines: list[tuple[int, int]]) -> None:
        """The events from ``first_event`` on lie at ``lines``. A replayed push says the same again."""
        if lines and first_event not in self._firsts:
            at = bisect_right(self._firsts, first_event)
            self._firsts.insert(at, first_event)
            self._lines.insert(at, lines)

    def lines_of(self, event: int) -> tuple[int, ...]:
        """The line numbers of an event; () when it was not pushed from here."""
        at = bisect_right(self._firsts, event) - 1
        if at < 0 or event - self._firsts[at] >= len(self._lines[at]):
            return ()
        first, count = self._lines[at][event - self._firsts[at]]
        return tuple(range(first, first + count))
