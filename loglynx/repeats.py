"""Tells an anomaly that goes on from a new one, so that ``watch`` explains each once.

Windows near each other that show the same category are the same trouble; where the category says little, the same
strange templates are.
"""

from __future__ import annotations

from services.analyzer.signature import MERGE_WITHIN_MS, VAGUE
from shared.core.records import Flag

MOST_REMEMBERED = 10_000
Kind = frozenset[str]


class Repeats:
    """How often each kind of anomaly has come lately; after a pause of MERGE_WITHIN_MS it is new again."""

    def __init__(self) -> None:
        self._seen: dict[Kind, tuple[int, int]] = {}  # times, when last
        self._titles: dict[Kind, str] = {}

    def count(self, kind: Kind, now_ms: int) -> int:
        """Which time in a row this is, from 1."""
        times, last_ms = self._seen.pop(kind, (0, 0))
        if now_ms - last_ms > MERGE_WITHIN_MS:
            times = 0
        if len(self._seen) >= MOST_REMEMBERED:
            oldest = next(iter(self._seen))
            del self._seen[oldest]
            self._titles.pop(oldest, None)
        self._seen[kind] = (times + 1, now_ms)
        return times + 1

    def entitle(self, kind: Kind, title: str) -> None:
        """What a kind that has been counted was called when it was new."""
        self._titles[kind] = title

    def title(self, kind: Kind) -> str:
        """What it is called; "" if nobody has said."""
        return self._titles.get(kind, "")


def kind_of(flag: Flag, category: str) -> Kind:
    """The category; where it is vague, the templates of the events that the detector points at, or of all."""
    if category not in VAGUE:
        return frozenset((category,))
    pointed = {position for reason in flag.verdict.reasons for position in reason.events}
    chosen = [event.template for position, event in enumerate(flag.events) if position in pointed]
    return frozenset(chosen or (event.template for event in flag.events))
