"""What every protocol decoder hands over: lines in order, what their records said, and what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from shared.core.attributes import Attribute
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


class Fields(NamedTuple):
    """What a structured record says beside its text; None or "" where it says nothing.

    details  lines that belong below the text, such as a stack trace that the record keeps apart
    """

    stream: str = ""
    timestamp_ms: int | None = None
    level: Level | None = None
    source: str = ""
    details: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """One push, decoded.

    lines        texts as received, not yet made safe
    indexes      position of each line in the push
    fields       position in ``lines`` -> Fields, only for records that carry any
    is_distinct  the body's own stamps tell it from any other: the same body again was sent again, not said again
    """

    lines: Sequence[str]
    indexes: Sequence[int]
    fields: dict[int, Fields] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    is_distinct: bool = False

    @property
    def received(self) -> int:
        """Lines in the push, refused ones included."""
        return len(self.lines) + len(self.rejected)


def tell_apart(stamps_ns: Iterable[int]) -> bool:
    """Whether these time stamps of one body make it unlikely that an equal body comes by chance.

    True for two different stamps, and for one finer than a millisecond. A lone stamp of whole milliseconds is no
    proof: a program in trouble says the same line many times in one.
    """
    first: int | None = None
    for stamp_ns in stamps_ns:
        if stamp_ns % 1_000_000 or (first is not None and stamp_ns != first):
            return True
        first = stamp_ns
    return False
