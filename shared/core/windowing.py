"""Windowing as a left fold: events and flushes go in, closed windows and the next state come out.

``advance(s, a + b)`` gives the windows of ``advance(s, a)`` and then those of the rest from its state, wherever the
log is cut: that is what lets any worker go on where another died. No clock in here: time is what the events say.
A flush closes every open window and starts afresh; a second one changes nothing. A window holds at most MAX_EVENTS
events (longer ones are cut), a stream has at most MAX_OPEN open windows and none reaches back further than MAX_REACH.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from shared.core.records import Window
from shared.core.window_rules import MAX_EVENTS, WindowRule, key_finder

__all__ = [
    "MAX_EVENTS", "MAX_OPEN", "MAX_REACH", "EventRef", "Flush", "FoldState", "Item", "OpenWindow", "WindowRule",
    "advance", "empty_state", "key_finder",
]  # fmt: skip

MAX_OPEN: Final = 1024
MAX_REACH: Final = 8192


class EventRef(NamedTuple):
    """What the fold needs to know of an event. ``at_ms``: its own time, else when it was received."""

    seq: int
    at_ms: int
    key: str = ""


class Flush(NamedTuple):
    """Close what is open. ``rule``: the stream goes on under this rule ("" for the same)."""

    rule: str = ""


Item = EventRef | Flush


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window not yet closed.

    at_ms    time: start of its span; otherwise when its last event happened
    covered  sliding: how many of ``seqs`` are in a closed window already
    """

    key: str
    seqs: tuple[int, ...]
    at_ms: int
    covered: int = 0


@dataclass(frozen=True, slots=True)
class FoldState:
    """Where a stream's fold stands.

    next_seq  the sequence number after the last event folded
    marks     flushes folded since that event
    clock_ms  latest event time, see ``_Fold._move_clock``
    open      open windows, the one least recently added to first
    """

    stream: str
    rule: str
    next_seq: int = 0
    marks: int = 0
    clock_ms: int = 0
    open: tuple[OpenWindow, ...] = ()

    @property
    def needed_from(self) -> int:
        """Smallest sequence number of an open window, else ``next_seq``: everything below is finished."""
        return min((window.seqs[0] for window in self.open), default=self.next_seq)

    def to_json(self) -> str:
        windows = [[w.key, _to_runs(w.seqs), w.at_ms, w.covered] for w in self.open]
        return json.dumps(
            [self.stream, self.rule, self.next_seq, self.marks, self.clock_ms, windows], separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> FoldState:
        """Raises ValueError if the text is not a state."""
        try:
            stream, rule, next_seq, marks, clock_ms, windows = json.loads(text)
            opened = tuple(OpenWindow(key, _from_runs(runs), at, covered) for key, runs, at, covered in windows)
            return cls(str(stream), str(rule), int(next_seq), int(marks), int(clock_ms), opened)
        except (TypeError, ValueError) as error:
            raise ValueError("not a fold state") from error


def empty_state(rule: WindowRule, stream: str = "") -> FoldState:
    """The state of a stream that has seen nothing."""
    return FoldState(stream, rule.text())


def advance(rule: WindowRule, state: FoldState, items: Iterable[Item]) -> tuple[list[Window], FoldState]:
    """Fold ``items`` into ``state``: the windows they close, in order of closing, and the state after them.

    Events come with consecutive sequence numbers from ``state.next_seq``. Raises ValueError if they do not, or if
    ``rule`` is not the one in ``state`` (a flush may have changed it: parse ``state.rule``).
    """
    if rule.text() != state.rule:
        raise ValueError(f"the state's rule is {state.rule}")
    fold = _Fold(rule, state)
    for item in items:
        if isinstance(item, EventRef):
            fold.add(item)
        else:
            fold.flush(item)
    return fold.closed, fold.state()


class _Open:
    """A mutable OpenWindow."""

    __slots__ = ("at_ms", "covered", "seqs")

    def __init__(self, seqs: list[int], at_ms: int, covered: int = 0) -> None:
        self.seqs, self.at_ms, self.covered = seqs, at_ms, covered


class _Fold:
    """The fold at work on one call of ``advance``."""

    def __init__(self, rule: WindowRule, state: FoldState) -> None:
        self.closed: list[Window] = []
        self._stream = state.stream
        self._next_seq, self._marks, self._clock_ms = state.next_seq, state.marks, state.clock_ms
        self._open = {w.key: _Open(list(w.seqs), w.at_ms, w.covered) for w in state.open}
        # Keys by first event, oldest first: what bounds the reach of the fold.
        self._born = dict.fromkeys(sorted(self._open, key=lambda key: self._open[key].seqs[0]))
        self._set_rule(rule)

    def _set_rule(self, rule: WindowRule) -> None:
        self._rule, self._rule_text = rule, rule.text()
        self._add = {
            "fixed": self._add_fixed,
            "whole": self._add_fixed,
            "sliding": self._add_sliding,
            "time": self._add_time,
            "session": self._add_session,
            "adaptive": self._add_adaptive,
        }[rule.kind]
        self._size = MAX_EVENTS if rule.kind == "whole" else rule.size

    def add(self, event: EventRef) -> None:
        if event.seq != self._next_seq:
            raise ValueError(f"expected event {self._next_seq}, not {event.seq}")
        self._next_seq += 1
        self._marks = 0
        self._add(event)

    def flush(self, flush: Flush) -> None:
        """Close all, oldest first; a sliding window only if it holds an event that is in no window yet."""
        self._marks += 1
        for key in list(self._born):
            if self._open[key].covered < len(self._open[key].seqs):
                self._close(key)
        self._open.clear()
        self._born.clear()
        self._clock_ms = 0
        if flush.rule and flush.rule != self._rule_text:
            self._set_rule(WindowRule.parse(flush.rule))

    def state(self) -> FoldState:
        opened = tuple(OpenWindow(key, tuple(w.seqs), w.at_ms, w.covered) for key, w in self._open.items())
        return FoldState(self._stream, self._rule_text, self._next_seq, self._marks, self._clock_ms, opened)

    def _close(self, key: str) -> None:
        window = self._open.pop(key)
        del self._born[key]
        self.closed.append(Window(self._stream, tuple(window.seqs), self._rule_text))

    def _begin(self, key: str, seq: int, at_ms: int) -> None:
        self._open[key] = _Open([seq], at_ms)
        self._born[key] = None

    def _add_fixed(self, event: EventRef) -> None:
        window = self._open.get("")
        if window is None:
            self._begin("", event.seq, event.at_ms)
            window = self._open[""]
        else:
            window.seqs.append(event.seq)
            window.at_ms = event.at_ms
        if len(window.seqs) >= self._size:
            self._close("")

    def _add_sliding(self, event: EventRef) -> None:
        window = self._open.get("")
        if window is None:
            self._begin("", event.seq, event.at_ms)
            window = self._open[""]
        else:
            window.seqs.append(event.seq)
            window.at_ms = event.at_ms
        if len(window.seqs) < self._size:
            return
        self._close("")
        kept = window.seqs[self._rule.step :]
        if kept:
            self._open[""] = _Open(kept, event.at_ms, covered=len(kept))
            self._born[""] = None

    def _add_time(self, event: EventRef) -> None:
        """A late event joins if it belongs to the span just before; a jump further back or ahead opens a new window,
        so that one absurd timestamp cannot hold a window open for ever."""
        span = int(self._rule.seconds * 1000)
        start = event.at_ms // span * span
        window = self._open.get("")
        if window is not None and not window.at_ms - span <= start <= window.at_ms:
            self._close("")
            window = None
        if window is None:
            self._begin("", event.seq, start)
        else:
            window.seqs.append(event.seq)
        if len(self._open[""].seqs) >= MAX_EVENTS:
            self._close("")

    def _add_adaptive(self, event: EventRef) -> None:
        window = self._open.get("")
        gap_ms = self._rule.gap_s * 1000
        if window and len(window.seqs) >= self._rule.min_size and event.at_ms - window.at_ms >= gap_ms:
            self._close("")
            window = None
        if window is None:
            self._begin("", event.seq, event.at_ms)
        else:
            window.seqs.append(event.seq)
            window.at_ms = event.at_ms
        if len(self._open[""].seqs) >= self._rule.max_size:
            self._close("")

    def _add_session(self, event: EventRef) -> None:
        idle_ms = int(self._rule.idle_s * 1000)
        self._move_clock(event.at_ms, idle_ms)
        while self._open and next(iter(self._open.values())).at_ms < self._clock_ms - idle_ms:
            self._close(next(iter(self._open)))
        while self._born and self._open[next(iter(self._born))].seqs[0] <= event.seq - MAX_REACH:
            self._close(next(iter(self._born)))
        window = self._open.pop(event.key, None)
        if window is None:
            if len(self._open) >= MAX_OPEN:
                self._close(next(iter(self._open)))
            self._begin(event.key, event.seq, self._clock_ms)
            return
        window.seqs.append(event.seq)
        window.at_ms = self._clock_ms
        self._open[event.key] = window  # to the end: the most recently added to
        if len(window.seqs) >= MAX_EVENTS:
            self._close(event.key)

    def _move_clock(self, at_ms: int, idle_ms: int) -> None:
        """The clock is the latest event time, so that events a little late close nothing. One that is later than
        ``idle_ms`` behind sets it back: the earlier time was absurd, or the source has started again."""
        if at_ms >= self._clock_ms - idle_ms:
            self._clock_ms = max(self._clock_ms, at_ms)
            return
        self._clock_ms = at_ms
        for window in self._open.values():
            window.at_ms = min(window.at_ms, at_ms)


def _to_runs(seqs: tuple[int, ...]) -> list[int]:
    """Consecutive numbers as [first, count, first, count, ...]."""
    runs: list[int] = []
    for seq in seqs:
        if runs and runs[-2] + runs[-1] == seq:
            runs[-1] += 1
        else:
            runs += [seq, 1]
    return runs


def _from_runs(runs: list[Any]) -> tuple[int, ...]:
    pairs = zip(runs[::2], runs[1::2], strict=True)
    return tuple(seq for first, count in pairs for seq in range(first, first + count))
