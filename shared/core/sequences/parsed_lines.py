"""Lines of a sequence as models of sequences see them: templates, times, levels; for training and judging alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.core.parsing import LineParser
from shared.core.records import Event
from shared.core.sequences.seen import Seer

NO_STAMP: Final = -1
NO_LEVEL: Final = -1
_RECEIVED_MS = 1_700_000_000_000  # only completes stamps without a year; differences matter, not dates


@dataclass(frozen=True, slots=True)
class Parsed:
    """One element per line.

    stamps  milliseconds, NO_STAMP where a line tells no time
    levels  of records.Level, NO_LEVEL where a line tells none
    """

    templates: tuple[str, ...]
    stamps: tuple[int, ...]
    levels: tuple[int, ...]

    def pauses(self) -> list[float]:
        """Milliseconds since the line before, >= 0; 0 for the first, and where either line tells no time."""
        before = (NO_STAMP, *self.stamps[:-1])
        return [
            float(max(now - then, 0)) if NO_STAMP not in (then, now) else 0.0
            for then, now in zip(before, self.stamps, strict=True)
        ]


class SequenceParser:
    """Remembers templates, so that repeated lines cost little. Not safe between threads."""

    def __init__(self) -> None:
        self._parser = LineParser()
        self._seer = Seer("deeplog")

    def parse(self, sequences: Sequence[Sequence[str]]) -> list[Parsed]:
        """What each sequence of lines holds; blank lines are kept."""
        events = [tuple(self._parser.parse(line, _RECEIVED_MS) for line in lines) for lines in sequences]
        return [_parsed(own, templates) for own, templates in zip(events, self._seer.see(events), strict=True)]


def _parsed(events: Sequence[Event], templates: tuple[str, ...]) -> Parsed:
    stamps = tuple(NO_STAMP if event.timestamp_ms is None else event.timestamp_ms for event in events)
    levels = tuple(NO_LEVEL if event.level is None else int(event.level) for event in events)
    return Parsed(templates, stamps, levels)
