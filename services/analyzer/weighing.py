"""Weigh the lines of a flag: which signs of trouble they show, how strongly, and which of them take it back.

In: the flag's events. Out: a ``Reading``: findings, recoveries, denials. Pure.

A line's strength is its sign's weight, moved by the level the line claims, by its surprise among the window's lines,
by the detector's own pointing at it, and by being the root exception of a trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from services.analyzer.signs import ALL_SIGNS, Sign
from services.analyzer.signs.calm import is_denial, is_recovery, is_routine, without_denials
from services.analyzer.stack_traces import telling_parts
from shared.core.records import Flag, FlaggedEvent
from shared.core.taxonomy import TAXONOMY, Category

MAX_STRENGTH = 0.97
REPEATED_FROM = 3
MAX_DISTINCT_EVENTS = 96
_LEVEL_FACTOR = {
    "fatal": 1.1, "critical": 1.1, "error": 1.06, "warn": 1.0, "warning": 1.0,
    "notice": 0.9, "info": 0.88, "debug": 0.7, "trace": 0.65,
}  # fmt: skip
_TROUBLED_LEVELS = frozenset({"warn", "warning", "error", "fatal", "critical"})


@dataclass(frozen=True, slots=True)
class Hit:
    """A sign in one part of an event's text; ``start`` and ``end`` delimit what matched in ``text``."""

    sign: Sign
    text: str
    start: int
    end: int
    is_root: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign shown by one event, with its strength in 0..1."""

    event: FlaggedEvent
    hit: Hit
    strength: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lines of a window say.

    findings    strongest first; at most one per event and sign
    recoveries  numbers of the events that report that a trouble is over
    denials     event number -> category that the line names only to deny it ("0 errors")
    """

    findings: tuple[Finding, ...]
    recoveries: tuple[int, ...] = ()
    denials: dict[int, Category] = field(default_factory=dict)

    def of(self, category: Category) -> list[Finding]:
        """The category's findings, strongest first."""
        return [finding for finding in self.findings if finding.hit.sign.category is category]


@lru_cache(maxsize=4096)
def read_text(text: str) -> tuple[tuple[Hit, ...], frozenset[Category], bool]:
    """Signs of an event's text that stand, categories that it only denies, and whether it reports a recovery."""
    standing: dict[str, Hit] = {}
    denied: set[Category] = set()
    is_over = False
    for part in telling_parts(text):
        folded = part.text.casefold()
        hits = [(sign, match) for sign in ALL_SIGNS if (match := sign.find(part.text, folded))]
        is_over = is_over or is_recovery(part.text)
        if not hits:
            if is_denial(part.text):
                denied.add(Category.APPLICATION_ERROR)
            continue
        calm = without_denials(part.text)
        calm_folded = calm.casefold()
        for sign, raw in hits:
            match = raw if calm == part.text else sign.find(calm, calm_folded)
            if match is None:
                denied.add(sign.category)
            elif sign.code not in standing or part.is_root:
                standing[sign.code] = Hit(sign, calm, match.start(), match.end(), part.is_root)
    return tuple(standing.values()), frozenset(denied), is_over


def weigh(flag: Flag) -> Reading:
    """Read every event of the flag (of many alike, one in each template is read closely; see ``_sample``)."""
    pointed_at = {position for reason in flag.verdict.reasons for position in reason.events}
    most = max((event.surprise for event in flag.events), default=0.0)
    shown: list[tuple[FlaggedEvent, Hit, float]] = []
    recoveries: list[int] = []
    denials: dict[int, Category] = {}
    for position, event in _sample(flag.events):
        hits, denied, is_over = read_text(event.text)
        if is_over:
            recoveries.append(event.number)
        if denied and not hits:
            denials[event.number] = min(denied, key=lambda category: TAXONOMY[category].depth)
        factor = _LEVEL_FACTOR.get(event.level.lower(), 0.98)
        factor *= 0.72 + 0.28 * (event.surprise / most) if most > 0 else 1.0
        factor *= 1.03 if position in pointed_at else 1.0
        shown += [(event, hit, factor * (1.06 if hit.is_root else 1.0)) for hit in hits]
    findings = [
        Finding(event, hit, min(MAX_STRENGTH, factor * weight)) for event, hit, factor, weight in _weights(shown)
    ]
    findings.sort(key=lambda finding: (-finding.strength, finding.event.number))
    return Reading(tuple(findings), tuple(recoveries), denials)


def score_of(findings: Sequence[Finding]) -> float:
    """One category's score: its strongest event, and a quarter, then an eighth of what is left for the next two."""
    best: dict[int, float] = {}
    for finding in findings:
        best.setdefault(finding.event.number, finding.strength)
    score = 0.0
    for share, strength in zip((1.0, 0.25, 0.125), sorted(best.values(), reverse=True), strict=False):
        score += (1.0 - score) * share * strength
    return min(MAX_STRENGTH, score)


def is_troubled(event: FlaggedEvent) -> bool:
    """True if the line itself claims to be a warning or worse."""
    return event.level.lower() in _TROUBLED_LEVELS


def are_routine(events: Iterable[FlaggedEvent]) -> bool:
    """True if every one of the events describes ordinary work."""
    return all(is_routine(event.text[:1000]) for event in events)


def _weights(shown: Sequence[tuple[FlaggedEvent, Hit, float]]) -> Iterable[tuple[FlaggedEvent, Hit, float, float]]:
    """Each sign's weight, or its weight in numbers when enough events show it."""
    times: dict[str, int] = {}
    for _, hit, _ in shown:
        times[hit.sign.code] = times.get(hit.sign.code, 0) + 1
    for event, hit, factor in shown:
        is_repeated = hit.sign.repeated > 0 and times[hit.sign.code] >= REPEATED_FROM
        yield event, hit, factor, hit.sign.repeated if is_repeated else hit.sign.weight


def _sample(events: Sequence[FlaggedEvent]) -> list[tuple[int, FlaggedEvent]]:
    """(position, event) in order, at most ``MAX_DISTINCT_EVENTS``: first few of each template, odd ones first."""
    chosen = range(len(events))
    if len(events) > MAX_DISTINCT_EVENTS:
        seen: dict[str, int] = {}
        fresh: list[tuple[int, float, int]] = []
        for position, event in enumerate(events):
            seen[event.template] = seen.get(event.template, 0) + 1
            fresh.append((seen[event.template] // REPEATED_FROM, -event.surprise, position))
        chosen = sorted(position for _, _, position in sorted(fresh)[:MAX_DISTINCT_EVENTS])  # type: ignore[assignment]
    return [(position, events[position]) for position in chosen]
