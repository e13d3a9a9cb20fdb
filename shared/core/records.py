"""The records that travel with a log line: event, window, verdict, flag.

All are frozen and slotted; all know how to become plain JSON values where they cross a process boundary.
Times are integer milliseconds since the epoch (UTC). Sequence numbers count events of one stream from 0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from shared.core.attributes import Attribute


class Level(IntEnum):
    """Severity that the line itself claims, in the order of syslog and log4j."""

    TRACE = 0
    DEBUG = 1
    INFO = 2
    NOTICE = 3
    WARN = 4
    ERROR = 5
    FATAL = 6


class Severity(StrEnum):
    """How bad a flag is, from the detector; the analyzer may raise it, never lower it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class VerdictState(StrEnum):
    """What became of a window."""

    LEARNING = "learning"  # scored, but its stream has no baseline yet: never a flag
    NORMAL = "normal"
    FLAGGED = "flagged"
    FAILED = "failed"  # could not be scored after every attempt; it lies among the dead letters


@dataclass(frozen=True, slots=True)
class Event:
    """One parsed log record; a folded stack trace is one event.

    text        as received (made safe and clipped), possibly several lines
    message     text without timestamp, level, host and logger; what the models read
    source      logger, program or component; "" when the line names none
    line_count  lines of the original text, >= 1
    format      name of the header format that matched, "plain" when none did
    attributes  what a structured record says beside its message, as (key of the field, value)
    """

    text: str
    message: str
    timestamp_ms: int | None = None
    level: Level | None = None
    source: str = ""
    line_count: int = 1
    format: str = "plain"
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A run of events that is scored as one. ``seqs`` ascend; session windows may have gaps."""

    stream: str
    seqs: tuple[int, ...]
    rule: str

    @property
    def window_id(self) -> str:
        """20 hex digits of SHA-256 over stream, first and last sequence number and rule: whoever computes it."""
        key = f"{self.stream}\n{self.seqs[0]}\n{self.seqs[-1]}\n{self.rule}"
        return hashlib.sha256(key.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a window stands out: a stable code, and the events (positions in the window, 0-based) that show it."""

    code: str
    events: tuple[int, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the detector decided about one window.

    score          0..1; 0.5 is the stream's own threshold: sigmoid(strangeness - threshold)
    strangeness    fused -log p, nats
    threshold      in nats, from the budget of false alarms; inf while learning
    components     name -> p-value in (0, 1]
    event_surprise one value per event, nats >= 0
    """

    window_id: str
    stream: str
    seqs: tuple[int, ...]
    state: VerdictState
    score: float
    strangeness: float
    threshold: float
    model_version: str
    baseline_version: int
    components: dict[str, float] = field(default_factory=dict)
    event_surprise: tuple[float, ...] = ()
    reasons: tuple[Reason, ...] = ()
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class FlaggedEvent:
    """One event as a flag shows it. ``number`` counts from 1 within the window and is what evidence cites."""

    number: int
    seq: int
    text: str
    template: str
    level: str = ""
    source: str = ""
    timestamp_ms: int | None = None
    surprise: float = 0.0


@dataclass(frozen=True, slots=True)
class Flag:
    """A flagged window with the text a person or a language model needs to judge it."""

    verdict: Verdict
    events: tuple[FlaggedEvent, ...]
    flagged_at_ms: int

    @property
    def window_id(self) -> str:
        return self.verdict.window_id
