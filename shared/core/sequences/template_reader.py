"""Windows as numbers of templates: what counting and sequence models see of the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.core.line_ids import line_ids
from shared.core.normalising import template_of
from shared.core.records import Event

IntArray = NDArray[np.int64]
Events = Sequence[Event]
_EVENTS_AT_ONCE = 50_000


class TemplateReader:
    """Numbers templates in the order in which they are first read, from 0; ``texts`` holds them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._of_line: dict[int, int] = {}
        self._of_text: dict[str, int] = {}

    @property
    def lines(self) -> int:
        """Distinct lines that are remembered."""
        return len(self._of_line)

    def read(self, windows: Sequence[Events]) -> list[IntArray]:
        """One (L,) array of template numbers per window."""
        read: list[IntArray] = []
        for part in _parts(windows):
            numbers = self._numbers([event.message for events in part for event in events])
            ends = np.cumsum([len(events) for events in part])
            read += np.split(numbers, ends[:-1])
        return read

    def _numbers(self, messages: list[str]) -> IntArray:
        ids, first, row = np.unique(line_ids(messages), return_index=True, return_inverse=True)
        for at in np.argsort(first).tolist():
            line = int(ids[at])
            if line not in self._of_line:
                text = template_of(messages[first[at]])
                number = self._of_text.setdefault(text, len(self.texts))
                if number == len(self.texts):
                    self.texts.append(text)
                self._of_line[line] = number
        return np.array([self._of_line[line] for line in ids.tolist()], dtype=np.int64)[row]


def _parts(windows: Sequence[Events]) -> Iterator[list[Events]]:
    part: list[Events] = []
    events_in_part = 0
    for events in windows:
        part.append(events)
        events_in_part += len(events)
        if events_in_part >= _EVENTS_AT_ONCE:
            yield part
            part, events_in_part = [], 0
    if part:
        yield part
