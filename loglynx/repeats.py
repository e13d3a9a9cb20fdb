"""Tells an anomaly that was shown before from a new one: the same strange templates are the same anomaly."""

from __future__ import annotations

from shared.core.records import Flag

MOST_REMEMBERED = 10_000


class Repeats:
    """How often each kind of anomaly has come; the kinds seen longest ago are forgotten first."""

    def __init__(self) -> None:
        self._counts: dict[frozenset[str], int] = {}

    def count(self, flag: Flag) -> int:
        """Which time this is, from 1."""
        kind = kind_of(flag)
        times = self._counts.pop(kind, 0) + 1
        if len(self._counts) >= MOST_REMEMBERED:
            del self._counts[next(iter(self._counts))]
        self._counts[kind] = times
        return times


def kind_of(flag: Flag) -> frozenset[str]:
    """The templates of the events that the reasons point at; of all events when they point at none."""
    pointed = {position for reason in flag.verdict.reasons for position in reason.events}
    chosen = [event.template for position, event in enumerate(flag.events) if position in pointed]
    return frozenset(chosen or (event.template for event in flag.events))
