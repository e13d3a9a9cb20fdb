"""One push's worth of lines, and where its source stands once the server has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

TEXT = "text/plain"
RECORDS = "application/x-ndjson"
MAX_LINES = 1000
MAX_BYTES = 512 * 1024
Positions = Mapping[str, object]  # name of a source -> what it needs to go on (JSON); None forgets it


@dataclass(frozen=True, slots=True)
class Shipment:
    """``stream`` is for lines that name none; ``kind`` the Content-Type; ``after`` the positions behind the lines."""

    lines: tuple[bytes, ...]
    stream: str
    kind: str = TEXT
    after: Positions = field(default_factory=dict)
    shown_as: str = ""

    @property
    def body(self) -> bytes:
        return b"\n".join(self.lines) + b"\n"


def record_line(
    text: str, stream: str, at_ns: int | None = None, level: int | None = None, source: str = ""
) -> bytes:
    """A line with what its source knows of it, as the server reads it. ``level`` counts as syslog does, 0..7."""
    record: dict[str, object] = {"log": text, "stream": stream}
    if at_ns is not None:
        record["time"] = at_ns / 1e9
    if level is not None:
        record["level"] = level
    if source:
        record["logger"] = source
    return json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode()


def within_bounds(lines: Iterable[bytes], max_lines: int = MAX_LINES, max_bytes: int = MAX_BYTES) -> int:
    """How many of ``lines`` make one push; at least one if there is any."""
    taken = size = 0
    for line in lines:
        size += len(line) + 1
        if taken and (taken >= max_lines or size > max_bytes):
            break
        taken += 1
    return taken
