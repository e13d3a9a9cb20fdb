"""What every protocol decoder hands over: lines in order, what their records said, and what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.core.records import Level


class RejectReason(StrEnum):
    """Why one line of a push was left out; the rest of the push is accepted."""

    EMPTY = "empty"
    NOT_TEXT = "not_text"
    NOT_JSON = "not_json"
    TOO_MANY_STREAMS = "too_many_streams"


@dataclass(frozen=True, slots=True)
class Rejected:
    """``index`` is the 0-based position in the push as the client counted it."""

    index: int
    reason: RejectReason


@dataclass(frozen=True, slots=True)
class Fields:
    """What a structured record says beside its text; None or "" where it says nothing."""

    stream: str = ""
    timestamp_ms: int | None = None
    level: Level | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One push, decoded.

    lines    texts as received, not yet made safe
    indexes  position of each line in the push
    fields   position in ``lines`` -> Fields, only for records that carry any
    """

    lines: Sequence[str]
    indexes: Sequence[int]
    fields: dict[int, Fields] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def received(self) -> int:
        """Lines in the push, refused ones included."""
        return len(self.lines) + len(self.rejected)
