"""Archived lines as the events that the detector read: what was stored beside the text wins over the text.

Fields of structured records that a shipper sent beside the text are not archived, so scorers say nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from shared.archive.reader import ArchivedLine, ArchivedWindow
from shared.core.parsing import LineParser
from shared.core.records import Event, Level


def events_of(windows: Iterable[ArchivedWindow]) -> list[tuple[Event, ...]]:
    """The windows of one stream, in order."""
    parser = LineParser()
    return [tuple(_event(line, parser, window.scored_ms) for line in window.lines) for window in windows]


def _event(line: ArchivedLine, parser: LineParser, scored_ms: int) -> Event:
    event = parser.parse(line.text, scored_ms)
    known: dict[str, Any] = {}
    if line.time_ms is not None:
        known["timestamp_ms"] = line.time_ms
    if line.level.upper() in Level.__members__:
        known["level"] = Level[line.level.upper()]
    if line.source:
        known["source"] = line.source
    return replace(event, **known) if known else event
