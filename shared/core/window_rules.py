"""Window rules: how a stream's events are cut into windows, as text and as a record.

Text forms: ``fixed:10`` ``sliding:10:1`` ``time:60`` ``session:block:30`` ``adaptive:6:15:2.0`` ``whole``.
A session's key is a name from ``SESSION_KEYS`` or a pattern between slashes (``session:/user=(\\w+)/:30``); patterns
come from the operator only, never from a request: one may take exponential time. Anything else raises ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Self

MAX_EVENTS: Final = 256
MAX_SECONDS: Final = 86_400.0
SESSION_KEYS: Final = {
    "block": r"\b(blk_-?\d+)",
    "trace": r"\btrace[_-]?id[\"']?\s?[=:]\s?[\"']?([0-9A-Za-z-]{8,64})",
    "request": r"\b(?:req-|request[_-]?id[\"']?\s?[=:]\s?[\"']?)([0-9A-Za-z-]{6,64})",
}

Kind = Literal["fixed", "sliding", "time", "session", "adaptive", "whole"]


@dataclass(frozen=True, slots=True)
class WindowRule:
    """One rule; only the fields of its kind mean anything.

    fixed     every ``size`` events
    sliding   ``size`` events, a new window every ``step`` <= size events
    time      events whose time lies in the same ``seconds``
    session   events with the same ``key``, until none came for ``idle_s``
    adaptive  ``min_size`` to ``max_size`` events, cut at the first gap of ``gap_s`` after min_size
    whole     everything up to the flush
    """

    kind: Kind
    size: int = 10
    step: int = 1
    seconds: float = 60.0
    key: str = ""
    idle_s: float = 30.0
    min_size: int = 6
    max_size: int = 15
    gap_s: float = 2.0

    def __post_init__(self) -> None:
        sizes_hold = 1 <= self.step <= self.size <= MAX_EVENTS and 1 <= self.min_size <= self.max_size <= MAX_EVENTS
        times_hold = all(0.001 <= seconds <= MAX_SECONDS for seconds in (self.seconds, self.idle_s, self.gap_s))
        if not sizes_hold or not times_hold:
            raise ValueError(f"a window holds 1 to {MAX_EVENTS} events and its times lie in 1 ms to 1 day")
        if self.kind == "session":
            self.pattern()

    def pattern(self) -> re.Pattern[str]:
        """The session key's pattern; its first group, or the whole match, is the key."""
        if self.is_custom:
            try:
                return re.compile(self.key[1:-1])
            except re.error as error:
                raise ValueError("the session key is not a regular expression") from error
        if self.key not in SESSION_KEYS:
            raise ValueError(f"a session key is one of {', '.join(SESSION_KEYS)} or a /pattern/")
        return re.compile(SESSION_KEYS[self.key])

    @property
    def is_custom(self) -> bool:
        """Does the rule carry a pattern of its own? Front doors refuse those."""
        return 2 < len(self.key) <= 200 and self.key.startswith("/") and self.key.endswith("/")

    def text(self) -> str:
        """The canonical text form; ``parse`` reads it back."""
        match self.kind:
            case "fixed":
                return f"fixed:{self.size}"
            case "sliding":
                return f"sliding:{self.size}:{self.step}"
            case "time":
                return f"time:{self.seconds:g}"
            case "session":
                return f"session:{self.key}:{self.idle_s:g}"
            case "adaptive":
                return f"adaptive:{self.min_size}:{self.max_size}:{self.gap_s:g}"
            case "whole":
                return "whole"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The rule of a text form; trailing parts may be left out. Raises ValueError."""
        kind, _, rest = text.strip().partition(":")
        parts = rest.split(":") if rest else []
        match kind, parts:
            case "fixed", [] | [_]:
                return cls("fixed", size=int(parts[0]) if parts else 10)
            case "sliding", [] | [_] | [_, _]:
                return cls("sliding", size=int(parts[0]) if parts else 10, step=int(parts[1]) if parts[1:] else 1)
            case "time", [] | [_]:
                return cls("time", seconds=float(parts[0]) if parts else 60.0)
            case "session", [_, *_]:
                key, has_idle, idle = rest.rpartition(":") if not rest.endswith("/") else ("", "", "")
                if not has_idle:
                    key, idle = rest, "30"
                return cls("session", key=key, idle_s=float(idle))
            case "adaptive", [] | [_, _] | [_, _, _]:
                low, high = (int(parts[0]), int(parts[1])) if parts else (6, 15)
                return cls("adaptive", min_size=low, max_size=high, gap_s=float(parts[2]) if parts[2:] else 2.0)
            case "whole", []:
                return cls("whole")
        raise ValueError("a window rule is fixed, sliding, time, session, adaptive or whole, with its numbers")


def key_finder(rule: WindowRule) -> Callable[[str], str]:
    """text -> session key ("" where there is none). For rules other than ``session``: always ""."""
    if rule.kind != "session":
        return lambda _text: ""
    search = rule.pattern().search

    def find(text: str) -> str:
        match = search(text)
        found = match.group(1 if match.re.groups else 0) if match else None
        return (found or "")[:128]

    return find
