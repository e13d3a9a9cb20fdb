"""What can go wrong in a window, and what may change without anything being wrong.

``corrupt`` alters a normal window and marks the events that are out of place: these marks are the only labels the
model ever sees, and no person made them. ``vary`` alters it harmlessly and marks nothing. The precedents are
InterpretableSAD (Han & Yuan 2021) and ELECTRA (Clark et al. 2020); the drawn trouble mixes the system's own words,
foreign words and bare structure, so that no single cue suffices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from services.trainer.datasets.streams import Draft, Stream
from shared.core.records import Level
from shared.core.side_channel import EVENT_NAMES, NO_TIME

Numbers = np.random.Generator
_NO_LEVEL = len(Level)
_LARGEST, _MEAN, _LINES = (EVENT_NAMES.index(name) for name in ("number_largest", "number_mean", "extra_lines"))
_STATUS = EVENT_NAMES.index("status_2xx")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where strange events come from: the window's own stream and the others."""

    own: Stream
    foreign: Stream
    failures: Draft  # anybody's trouble


def corrupt(numbers: Numbers, window: Draft, around: Surroundings) -> Draft:
    """The window with one kind of corruption; ``wrong`` marks at least one event."""
    while True:
        kind = _KINDS[int(numbers.choice(len(_KINDS), p=_WEIGHTS))]
        corrupted = kind(numbers, window, around)
        if corrupted is not None and corrupted.wrong.any():
            return corrupted


def vary(numbers: Numbers, window: Draft, around: Surroundings) -> Draft:
    """The window with something harmless changed."""
    choice = numbers.random()
    if choice < 0.3 and _is_timed(window):
        gaps = np.diff(window.times_ms, prepend=window.times_ms[:1]) * numbers.uniform(0.4, 2.5)
        return replace(window, times_ms=window.times_ms[0] + np.cumsum(gaps).astype(np.int64))
    if choice < 0.5:
        row = int(numbers.integers(len(window)))
        return window.take(np.insert(np.arange(len(window)), row, row))
    if choice < 0.8 and around.own.news is not None:
        return _inserted(numbers, window, _some(numbers, around.own.news, 1))
    start = int(numbers.integers(len(around.own.events)))
    return _inserted(numbers, window, around.own.events.take(slice(start, start + 1)))


def _is_timed(window: Draft) -> bool:
    return bool((window.times_ms != NO_TIME).all())


def _some(numbers: Numbers, pool: Draft, count: int) -> Draft:
    return pool.take(numbers.integers(0, len(pool), count))


def _inserted(numbers: Numbers, window: Draft, events: Draft) -> Draft:
    """``events`` put side by side somewhere into the window, at the time of the event they follow."""
    at = int(numbers.integers(0, len(window) + 1))
    after = int(window.times_ms[max(at - 1, 0)])
    offsets = np.arange(len(events), dtype=np.int64) if after != NO_TIME else 0
    timed = replace(events, times_ms=np.full(len(events), after, dtype=np.int64) + offsets)
    return Draft.join([window.take(slice(0, at)), timed, window.take(slice(at, len(window)))])


def _replaced(numbers: Numbers, window: Draft, events: Draft) -> Draft:
    rows = numbers.choice(len(window), size=len(events), replace=False)
    kind, features, source = window.kind.copy(), window.features.copy(), window.source.copy()
    kind[rows], features[rows], source[rows] = events.kind, events.features, events.source
    return replace(window, kind=kind, features=features, source=source).marked(rows)


def _trouble(numbers: Numbers, window: Draft, around: Surroundings, count: int) -> Draft:
    """``count`` events of trouble, in the manner of the window: its levels, often its own components."""
    own = around.own.failures
    pool = own if own is not None and numbers.random() < 0.5 else around.failures
    picked = _some(numbers, pool, 1 if numbers.random() < 0.4 else count)
    picked = picked.take(np.resize(np.arange(len(picked)), count))
    features = picked.features.copy()
    features[:, : _NO_LEVEL + 1] = 0.0
    if window.features[:, _NO_LEVEL].mean() > 0.5:
        features[:, _NO_LEVEL] = 1.0
    else:
        levels = (Level.ERROR, Level.FATAL, Level.WARN, Level.INFO)
        features[:, int(numbers.choice(levels, p=(0.55, 0.1, 0.15, 0.2)))] = 1.0
    if numbers.random() < 0.25:
        features[:, _LINES] = np.log1p(numbers.integers(3, 40)) / 5.0
    source = numbers.choice(window.source, count) if numbers.random() < 0.7 else np.full(count, -1)
    return Draft(picked.kind, features, picked.times_ms, source, np.ones(count, dtype=bool))


def _insert_trouble(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    return _inserted(numbers, window, _trouble(numbers, window, around, int(numbers.integers(1, 4))))


def _replace_by_trouble(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    return _replaced(
        numbers, window, _trouble(numbers, window, around, min(int(numbers.integers(1, 4)), len(window)))
    )


def _flood(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    """Trouble to the end of the window: an outage."""
    start = int(numbers.integers(0, max(1, len(window) * 2 // 3)))
    trouble = _trouble(numbers, window, around, len(window) - start)
    return Draft.join([window.take(slice(0, start)), replace(trouble, times_ms=window.times_ms[start:])])


def _foreign(numbers: Numbers, around: Surroundings) -> Draft:
    picked = _some(numbers, around.foreign.events, int(numbers.integers(1, 3)))
    return replace(picked, wrong=np.ones(len(picked), dtype=bool))


def _insert_foreign(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    return _inserted(numbers, window, _foreign(numbers, around))


def _replace_by_foreign(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    events = _foreign(numbers, around)
    return _replaced(numbers, window, events) if len(events) <= len(window) else None


def _drop(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    """A few events missing; the event after the hole is the one out of place."""
    count = int(numbers.integers(1, 4))
    if len(window) < count + 4:
        return None
    start = int(numbers.integers(1, len(window) - count))
    return window.take(np.delete(np.arange(len(window)), slice(start, start + count))).marked(np.array([start]))


def _reorder(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    """Two different events in each other's place."""
    first, second = sorted(numbers.integers(0, len(window), 2).tolist())
    if second - first < 2 or window.kind[first] == window.kind[second]:
        return None
    rows = np.arange(len(window))
    rows[[first, second]] = rows[[second, first]]
    swapped = window.take(rows)
    return replace(swapped, times_ms=window.times_ms).marked(np.array([first, second]))


def _repeat(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    """One event over and over, though the window does not stammer otherwise."""
    if (window.kind[1:] == window.kind[:-1]).mean() > 0.25:
        return None
    row, times = int(numbers.integers(len(window))), int(numbers.integers(3, 9))
    repeated = window.take(np.insert(np.arange(len(window)), row, np.full(times, row)))
    return repeated.marked(slice(row + 1, row + 1 + times))


def _stall(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    """A pause far beyond any other of the window."""
    if not _is_timed(window):
        return None
    gaps = np.diff(window.times_ms)
    row = int(numbers.integers(1, len(window)))
    pause = int(max(gaps.max(initial=1), 5) * numbers.uniform(20, 400))
    times = window.times_ms.copy()
    times[row:] += pause
    return replace(window, times_ms=times).marked(np.array([row]))


def _distort(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    """A value out of all proportion, or a status gone bad."""
    with_numbers = np.flatnonzero(window.features[:, _LARGEST] > 0)
    if len(with_numbers) == 0:
        return None
    row = int(numbers.choice(with_numbers))
    features = window.features.copy()
    if features[row, _STATUS : _STATUS + 2].any():
        features[row, _STATUS : _STATUS + 4] = 0.0
        features[row, _STATUS + 3] = 1.0
    else:
        grown = float(np.log(numbers.uniform(100, 10000))) / 20.0
        features[row, _LARGEST] += grown
        features[row, _MEAN] += grown * 0.6
    return replace(window, features=features).marked(np.array([row]))


def _escalate(numbers: Numbers, window: Draft, around: Surroundings) -> Draft | None:
    """An everyday event at a level that it does not have."""
    calm = np.flatnonzero(window.features[:, : int(Level.WARN)].any(axis=1))
    if len(calm) == 0:
        return None
    row = int(numbers.choice(calm))
    features = window.features.copy()
    features[row, : _NO_LEVEL + 1] = 0.0
    features[row, int(numbers.choice((Level.ERROR, Level.FATAL)))] = 1.0
    return replace(window, features=features).marked(np.array([row]))


Corruption = Callable[[Numbers, Draft, Surroundings], Draft | None]
_MIXTURE: tuple[tuple[Corruption, float], ...] = (
    (_insert_trouble, 0.24), (_replace_by_trouble, 0.12), (_flood, 0.10), (_insert_foreign, 0.08),
    (_replace_by_foreign, 0.06), (_drop, 0.08), (_reorder, 0.08), (_repeat, 0.08), (_stall, 0.04),
    (_distort, 0.05), (_escalate, 0.07),
)  # fmt: skip
_KINDS = tuple(kind for kind, _ in _MIXTURE)
_WEIGHTS: np.ndarray[tuple[int], np.dtype[np.float64]] = np.array([weight for _, weight in _MIXTURE])
