"""Lines whose first column is the answer, as BGL and Thunderbird write them: ``-`` is normal, any other tag an alert.

The column is cut off by position, and a constant put in its place, before anything else sees the line: two lines that
differ in their label alone become the very same event.
"""

from __future__ import annotations

from collections.abc import Sequence

from loglynx.bench.stream_events import parse_stream
from shared.core.records import Event

_NO_LABEL = "- "


def split_label(line: str) -> tuple[str, bool]:
    """The line with a constant first column, and whether its own said alert."""
    label, _, rest = line.partition(" ")
    return _NO_LABEL + rest, label != "-"


def read_labelled(lines: Sequence[str]) -> tuple[list[Event], list[bool]]:
    """Events of one stream, and which are alerts."""
    split = [split_label(line) for line in lines]
    return parse_stream(text for text, _ in split), [is_alert for _, is_alert in split]
