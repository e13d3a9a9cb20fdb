"""The history checker: what was pushed and acknowledged, against the windows that the ledger ended up with.

It knows nothing of how the ledger works. ``violations`` says in plain sentences what the promise does not allow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Attempted:
    """One push, as its sender saw it. ``is_acked``: a 2xx was seen; without one it may have counted or not."""

    stream: str
    events: tuple[str, ...]
    is_acked: bool


@dataclass(frozen=True)
class Seen:
    """One verdict as it lies in the ledger, with the texts of its window's events."""

    window_id: str
    seqs: tuple[int, ...]
    events: tuple[str, ...]


def violations(attempts: Iterable[Attempted], windows: Mapping[str, Sequence[Seen]], max_size: int) -> list[str]:
    """Empty if each acknowledged event is in exactly one window, each window has one verdict, nothing was made up.

    For rules under which windows do not overlap. ``max_size``: events that a window may hold.
    """
    found: list[str] = []
    by_stream: dict[str, list[Attempted]] = {}
    for attempt in attempts:
        by_stream.setdefault(attempt.stream, []).append(attempt)
    for stream in sorted(by_stream.keys() | windows.keys()):
        tried, seen = by_stream.get(stream, []), windows.get(stream, [])
        found += _verdict_violations(stream, seen, max_size)
        counts = Counter(event for window in seen for event in window.events)
        known = {event for attempt in tried for event in attempt.events}
        found += [f"{stream}: phantom event {event}" for event in counts.keys() - known]
        found += [f"{stream}: event {event} counted {n} times" for event, n in counts.items() if n > 1]
        for attempt in tried:
            held = sum(event in counts for event in attempt.events)
            if attempt.is_acked and held < len(attempt.events):
                found.append(
                    f"{stream}: {len(attempt.events) - held} acknowledged events lost of {attempt.events[0]}"
                )
            elif 0 < held < len(attempt.events):
                found.append(f"{stream}: push of {attempt.events[0]} counted in part")
        found += _order_violations(stream, tried, seen)
    return found


def _verdict_violations(stream: str, seen: Sequence[Seen], max_size: int) -> list[str]:
    found = [f"{stream}: {n} verdicts for {wid}" for wid, n in Counter(w.window_id for w in seen).items() if n > 1]
    found += [
        f"{stream}: window {w.window_id} has {len(w.seqs)} events" for w in seen if not 0 < len(w.seqs) <= max_size
    ]
    found += [f"{stream}: window {w.window_id} misses text" for w in seen if len(w.seqs) != len(w.events)]
    seqs = sorted(seq for window in seen for seq in window.seqs)
    if seqs != list(range(len(seqs))):
        found.append(f"{stream}: sequence numbers in windows are not 0..{len(seqs) - 1}, each once")
    return found


def _order_violations(stream: str, tried: Sequence[Attempted], seen: Sequence[Seen]) -> list[str]:
    """Events of one push stand next to each other, in their order."""
    position = {event: seq for window in seen for seq, event in zip(window.seqs, window.events, strict=False)}
    found = []
    for attempt in tried:
        places = [position[event] for event in attempt.events if event in position]
        if places and places != list(range(places[0], places[0] + len(places))):
            found.append(f"{stream}: push of {attempt.events[0]} was torn apart")
    return found
