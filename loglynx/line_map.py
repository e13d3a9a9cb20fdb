"""From positions of events in a stream back to lines of what was pushed.

The server folds stack traces and drops blank lines; the same code, run here on the same bytes, says which lines each
event is made of.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from services.ingest.intake import IntakeRules, take_in
from services.ingest.protocols.native import decode_push


@dataclass(frozen=True, slots=True)
class EventLines:
    """The lines of the events of one push: event ``i`` has ``numbers[starts[i] : starts[i + 1]]``."""

    numbers: array[int] = field(default_factory=lambda: array("L"))
    starts: array[int] = field(default_factory=lambda: array("L", [0]))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, index: int) -> tuple[int, ...]:
        """Line numbers of the event with that index, ascending."""
        return tuple(self.numbers[self.starts[index] : self.starts[index + 1]])


def lines_of_events(body: bytes, stream: str, first_line: int) -> EventLines:
    """The lines of each event of one text body whose first line has the number ``first_line``.

    Nothing when records of the body name other streams: then positions cannot be told.
    """
    batch = decode_push(body, "text/plain", max_lines=len(body) + 1)
    intake = take_in(batch, IntakeRules(stream, "fixed:10", max_streams=2), received_ms=0)
    if len(intake.parts) != 1:
        return EventLines()
    refused = {item.index for item in intake.rejected}
    numbers = array("L", (first_line + index for index in range(batch.received) if index not in refused))
    return EventLines(numbers, array("L", accumulate(intake.parts[0].block.line_counts, initial=0)))


@dataclass(slots=True)
class LineMap:
    """Lines of the events of one stream; filled push by push."""

    _firsts: list[int] = field(default_factory=list)
    _events: list[EventLines] = field(default_factory=list)

    def add(self, first_event: int, events: EventLines) -> None:
        """The events from ``first_event`` on have these lines. A replayed push says the same again."""
        if len(events) and first_event not in self._firsts:
            at = bisect_right(self._firsts, first_event)
            self._firsts.insert(at, first_event)
            self._events.insert(at, events)

    def lines_of(self, event: int) -> tuple[int, ...]:
        """The line numbers of an event; () when it was not pushed from here."""
        at = bisect_right(self._firsts, event) - 1
        if at < 0 or event - self._firsts[at] >= len(self._events[at]):
            return ()
        return self._events[at].of(event - self._firsts[at])
