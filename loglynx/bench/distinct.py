"""Equal windows once: of HDFS' 390,000 test sessions only some ten thousand differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loglynx.bench.task import Events
from shared.core.records import Event

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DistinctWindows:
    """windows  one of each, in the order in which they first occur
    row      (n,) for each of the n windows given, its place among ``windows``
    """

    windows: list[Events]
    row: IntArray

    @classmethod
    def of(cls, windows: Sequence[Events]) -> DistinctWindows:
        """Windows are equal when all their events are and none of them has a time: a time makes a window its own."""
        numbers = _EventNumbers()
        place: dict[bytes | int, int] = {}
        kept: list[Events] = []
        rows = np.empty(len(windows), dtype=np.int64)
        for at, events in enumerate(windows):
            key = numbers.key(events)
            row = place.setdefault(at if key is None else key, len(kept))
            if row == len(kept):
                kept.append(events)
            rows[at] = row
        return cls(kept, rows)


class _EventNumbers:
    """A number for each distinct event; an event object that is met again is known by its identity."""

    def __init__(self) -> None:
        self._of_object: dict[int, int] = {}
        self._of_event: dict[Event, int] = {}
        self._kept: list[Event] = []  # or an identity might be used again

    def key(self, events: Events) -> bytes | None:
        numbers = []
        for event in events:
            if event.timestamp_ms is not None:
                return None
            number = self._of_object.get(id(event))
            if number is None:
                number = self._of_event.setdefault(event, len(self._of_event))
                self._of_object[id(event)] = number
                self._kept.append(event)
            numbers.append(number)
        return np.array(numbers, dtype=np.int64).tobytes()
