"""The lines of a flag that a language model gets to see, within a budget: the odd ones, their neighbours, both ends.

In: a flag and a budget. Out: an ``EvidencePack``. Every line is one line of harmless text (secrets masked, control
tokens neutralised, the middle of a long one cut out); lines that are left out are counted where they are missing.
At least one line is shown, whatever the budget. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.analyzer.fencing import neutralise
from services.analyzer.masking import mask_secrets
from services.analyzer.schemas import Entity
from services.analyzer.spans import entities_of
from services.analyzer.stack_traces import telling_parts
from shared.core.records import Flag, FlaggedEvent

EDGE_LINES = 4
_TROUBLED = frozenset(("error", "fatal", "critical", "warn", "warning"))


@dataclass(frozen=True, slots=True)
class Budget:
    """What a prompt may hold of a window. About four characters make a token (one and a half in Chinese)."""

    lines: int = 32
    line_chars: int = 400
    window_chars: int = 8_000


DEFAULT_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class EvidencePack:
    """What is shown of a window.

    lines     number -> text as shown, ascending
    spans     number -> what the line names; an answer may name nothing else
    surprise  number -> the detector's surprise at the line, nats
    levels    number -> the level that the line claims, lower case; "" if none
    total     events that the window has
    """

    lines: dict[int, str]
    spans: dict[int, tuple[Entity, ...]] = field(default_factory=dict)
    surprise: dict[int, float] = field(default_factory=dict)
    levels: dict[int, str] = field(default_factory=dict)
    total: int = 0

    @property
    def text(self) -> str:
        """The lines with their numbers (``7| ``), and how many are missing where some are."""
        shown: list[str] = []
        last = 0
        for number, text in [*self.lines.items(), (self.total + 1, "")]:
            if number - last > 1:
                shown.append(f"({number - last - 1} lines left out)")
            if number <= self.total:
                shown.append(f"{number}| {text}")
            last = number
        return "\n".join(shown)


def pack_evidence(flag: Flag, budget: Budget = DEFAULT_BUDGET) -> EvidencePack:
    """As much of the flag's window as the budget allows, the most telling lines first."""
    chosen: dict[int, tuple[str, str]] = {}
    left = budget.window_chars
    for position in _by_importance(flag):
        if len(chosen) >= budget.lines:
            break
        event = flag.events[position]
        whole = _harmless(event)
        text = _shortened(whole, budget.line_chars)
        if chosen and len(text) > left:
            continue
        chosen[event.number] = whole, text
        left -= len(text) + len(str(event.number)) + 3
    ordered = sorted(chosen.items())
    events = {event.number: event for event in flag.events}
    return EvidencePack(
        lines={number: text for number, (_, text) in ordered},
        spans={number: _offered(number, whole, text) for number, (whole, text) in ordered},
        surprise={number: round(events[number].surprise, 1) for number, _ in ordered},
        levels={number: events[number].level.lower() for number, _ in ordered},
        total=len(flag.events),
    )


def _harmless(event: FlaggedEvent) -> str:
    """One event on one line: frames dropped, secrets masked, tokens neutralised."""
    return neutralise(mask_secrets(" ⏎ ".join(part.text.strip() for part in telling_parts(event.text))))


def _shortened(text: str, limit: int) -> str:
    """The middle cut out when it is too long."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 3]} … {text[-tail:]}"


def _offered(number: int, whole: str, shown: str) -> tuple[Entity, ...]:
    """What the line names, as far as it is shown."""
    return tuple(entity for entity in entities_of([(number, whole)]) if entity.span in shown)


def _by_importance(flag: Flag) -> list[int]:
    """Positions: what the detector points at, what surprises, their neighbours and both ends, the rest."""
    events = flag.events
    pointed = {position for reason in flag.verdict.reasons for position in reason.events if position < len(events)}
    top = max((event.surprise for event in events), default=0.0)
    odd = pointed | {i for i, event in enumerate(events) if top > 0 and event.surprise > top / 2}
    if len(odd) == len(events):  # nothing stands out
        odd = pointed
    edges = {*range(EDGE_LINES), *range(len(events) - EDGE_LINES, len(events))}
    beside = {i + step for i in odd for step in (-1, 1)}

    def rank(i: int) -> tuple[int, bool, float, int]:
        event = events[i]
        is_troubled = event.level.lower() in _TROUBLED
        tier = 0 if i in pointed else 1 if i in odd else 2 if i in edges or i in beside else 3
        return tier, not is_troubled, -event.surprise, i

    return sorted(range(len(events)), key=rank)
