"""Windows with an injected fault are judged beside their twins without it, so that both hits and false alarms show.

In: normal windows and an injection. Out: the windows in their order; before each injected one stands its twin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from loglynx.bench.injections import Alter, Injected, alter_some
from loglynx.bench.task import Case
from shared.core.parsing import LineParser
from shared.core.records import Event

_SHARE, _LARGER_SHARE = 0.1, 0.25  # the latter of a few windows, so that there is something to find
_FEW_WINDOWS = 200
Inject = Callable[[int, np.random.Generator], Injected[Event] | None]


def with_twins(windows: Sequence[Case], inject: Inject, rng: np.random.Generator) -> list[Case]:
    """A tenth of the windows, a quarter of a few, get an injected twin behind them; fewer if a fault finds no place.

    inject  from a window's position and the generator to its events under the fault, or None
    """
    wanted = max(1, round((_SHARE if len(windows) >= _FEW_WINDOWS else _LARGER_SHARE) * len(windows)))
    injected: dict[int, Case] = {}
    for at in rng.permutation(len(windows)).tolist():
        found = inject(at, rng)
        if found is not None and any(found.wrong):
            injected[at] = Case(_in_time(found.items, windows[at].events), True, tuple(found.wrong))
        if len(injected) == wanted:
            break
    mixed = []
    for at, case in enumerate(windows):
        mixed.append(Case(case.events, False, (False,) * len(case.events)))
        if at in injected:
            mixed.append(injected[at])
    return mixed


def altering(windows: Sequence[Case], alter: Alter) -> Inject:
    """The injection of a parameter fault: lines are changed as text, and read anew."""
    parser = LineParser()

    def inject(at: int, rng: np.random.Generator) -> Injected[Event] | None:
        events = windows[at].events
        altered = alter_some([event.text for event in events], alter, rng)
        if altered is None:
            return None
        read = [
            replace(parser.parse(text, event.timestamp_ms or 0), timestamp_ms=event.timestamp_ms) if hit else event
            for text, event, hit in zip(altered.items, events, altered.wrong, strict=True)
        ]
        return Injected(read, altered.wrong)

    return inject


def _in_time(events: Sequence[Event], before: Sequence[Event]) -> tuple[Event, ...]:
    """Whatever moved, time goes on: when as many events are left, they happen at the moments of those before."""
    if len(events) != len(before) or [e.timestamp_ms for e in events] == sorted(e.timestamp_ms or 0 for e in events):
        return tuple(events)
    return tuple(replace(event, timestamp_ms=was.timestamp_ms) for event, was in zip(events, before, strict=True))
