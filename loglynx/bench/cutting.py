"""A stream of events is cut into cases, after it was split: no window ever reaches over the end of its part.

In: events in the order of time and, where known, which of them are anomalous. Out: cases; a window is anomalous when
one of its events is. Raises ValueError for a rule that cannot cut these events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from loglynx.bench.task import Case, Events
from shared.core.records import Event
from shared.core.window_rules import WindowRule
from shared.core.windowing import EventRef, Flush, advance, empty_state, key_finder


@dataclass(frozen=True, slots=True)
class Cut:
    """``size`` events, a new window every ``step``; or what ``rule`` says, as a stream under that rule is cut.

    What is left at the end is a window too if it holds at least half of ``size``.
    """

    size: int = 20
    step: int = 20
    rule: WindowRule | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.step <= self.size:
            raise ValueError("a window holds at least 1 event and its step lies in 1 to its size")

    @property
    def overlap(self) -> int:
        """How many of the windows that follow one may hold some of its events."""
        return 0 if self.rule is not None else -(-self.size // self.step) - 1

    def cases(self, events: Sequence[Event], wrong: Sequence[bool] | None = None) -> list[Case]:
        """``wrong``: one truth per event; None when nobody knows, and then no case is anomalous."""
        return [_case(events, wrong, at) for at in self._positions(events)]

    def _positions(self, events: Sequence[Event]) -> Iterator[Sequence[int]]:
        if self.rule is not None:
            yield from _ruled(self.rule, events)
            return
        start = covered = 0
        while start + self.size <= len(events):
            covered = start + self.size
            yield range(start, covered)
            start += self.step
        if covered < len(events) and 2 * (len(events) - start) >= self.size:
            yield range(start, len(events))


def _ruled(rule: WindowRule, events: Sequence[Event]) -> Iterator[Sequence[int]]:
    find, at_ms = key_finder(rule), 0
    refs: list[EventRef | Flush] = []
    for seq, event in enumerate(events):
        if event.timestamp_ms is not None:
            at_ms = event.timestamp_ms
        elif rule.kind in {"time", "adaptive"} and seq == 0:
            raise ValueError("windows by time need times")
        refs.append(EventRef(seq, at_ms, find(event.text)))
    windows, _ = advance(rule, empty_state(rule), [*refs, Flush()])
    yield from sorted((window.seqs for window in windows if window.seqs), key=lambda seqs: seqs[0])


def _case(events: Sequence[Event], wrong: Sequence[bool] | None, at: Sequence[int]) -> Case:
    chosen = tuple(events[i] for i in at)
    if wrong is None:
        return Case(chosen)
    marks = tuple(bool(wrong[i]) for i in at)
    return Case(chosen, any(marks), marks)


def fixed(size: int) -> Cut:
    """Windows of ``size`` events side by side."""
    return Cut(size, size)


def sharing_behind(windows: Sequence[Events], cut: int) -> int:
    """How many windows from ``cut`` on, up to the last that shares an event with one before ``cut``.

    Windows that overlap hold the very same events, not equal ones. Of several files, whose windows stand in the order
    of time, it may be more than the rule says.
    """
    before = {id(event) for events in windows[:cut] for event in events}
    rest = enumerate(windows[cut:], start=1)
    return max((at for at, events in rest if not before.isdisjoint(map(id, events))), default=0)


def normal(cases: Iterable[Case]) -> tuple[Case, ...]:
    """What is left for fitting when nothing anomalous may be in it."""
    return tuple(case for case in cases if not case.is_anomaly)
