"""The lines of one stream become events, as if each were received soon after the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from shared.core.parsing import LineParser
from shared.core.records import Event

# A line without a year is dated before this day (2024-07-01) until the stream itself has said what time it is.
FIRST_DAY_MS: Final = 1_719_792_000_000
_DAY_MS = 86_400_000
_BACK_MS, _AHEAD_MS = 30 * _DAY_MS, 180 * _DAY_MS


class StreamReader:
    """``name``: of the file or stream; a date in it dates lines that carry only a time of day."""

    def __init__(self, name: str = "") -> None:
        self._parser = LineParser(name)
        self._now_ms = FIRST_DAY_MS
        self._has_begun = False

    def read(self, text: str, at_ms: int | None = None) -> Event:
        """The event of the next line; ``at_ms`` is when it happened, whatever the text says, where that is known."""
        if at_ms is not None:
            event = replace(self._parser.parse(text, at_ms), timestamp_ms=at_ms)
        else:
            event = self._parser.parse(text, self._now_ms)
            if self._has_begun and event.timestamp_ms is not None and event.timestamp_ms < self._now_ms - _BACK_MS:
                event = self._next_year(text, event)
        if event.timestamp_ms is not None:
            self._now_ms, self._has_begun = event.timestamp_ms, True
        return event

    def _next_year(self, text: str, event: Event) -> Event:
        """A line without a year is dated before the moment of receipt: behind a pause that is a year too early."""
        later = self._parser.parse(text, self._now_ms + _AHEAD_MS)
        return later if (later.timestamp_ms or 0) >= self._now_ms else event


def parse_stream(lines: Iterable[str], name: str = "") -> list[Event]:
    """The events of one stream's lines."""
    reader = StreamReader(name)
    return [reader.read(line) for line in lines]
