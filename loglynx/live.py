"""Anomalies of a log while it is written: learns the first windows, then judges each as it closes.

The same steps as the services, in this process: safe lines, folded traces, windows, evidence, baseline, flags.
Pure but for the model: time and lines are handed in. Not for several threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.detector.gather_evidence import EvidenceReader
from services.detector.score_windows import Judge, flag_of
from shared.core.baseline import Baseline
from shared.core.decoding import decode_bytes, make_safe
from shared.core.evidence import WindowEvidence
from shared.core.folding import fold
from shared.core.parsing import LineParser
from shared.core.records import Event, Flag, VerdictState
from shared.core.windowing import EventRef, Flush, Item, WindowRule, advance, empty_state, key_finder

MAX_LINE_CHARS = 32_768
STREAM = "watch"


class LiveStream:
    """One log from its first line on. Events are known by the number of their first line, from 1."""

    def __init__(self, reader: EvidenceReader, judge: Judge, rule: WindowRule, learn_windows: int) -> None:
        self._reader = reader
        self._judge = judge
        self._rule = rule
        self._find_key = key_finder(rule)
        self._baseline = Baseline(learn_windows)
        self._waiting: list[WindowEvidence] = []
        self._parser = LineParser()
        self._state = empty_state(rule, STREAM)
        self._lines = 0  # lines whose events are in the fold
        self._held: list[str] = []  # the last event's lines: it may go on
        self._events: dict[int, tuple[int, Event]] = {}  # seq -> first line, event; of windows still open

    @property
    def learnt_share(self) -> float:
        """0..1; 1 when the stream is ready."""
        learnt, needed = self._baseline.progress
        return learnt / needed

    @property
    def is_ready(self) -> bool:
        return self._baseline.is_ready

    def add(self, lines: Sequence[bytes], now_ms: int) -> list[Flag]:
        """The flags of the windows that these lines close; each event's ``seq`` is the number of its first line."""
        safe = [make_safe(decode_bytes(line), MAX_LINE_CHARS)[0] for line in lines]
        return self._advance(self._held + safe, now_ms, is_quiet=False)

    def number_from_one(self) -> None:
        """The next line is line 1. Only after ``settle``: open windows would mix two countings."""
        self._lines = 0

    def settle(self, now_ms: int) -> list[Flag]:
        """Nothing came for a while: the last event is over, and open windows close."""
        return self._advance(self._held, now_ms, is_quiet=True)

    def _advance(self, lines: list[str], now_ms: int, is_quiet: bool) -> list[Flag]:
        folded = fold(lines)
        held_from = folded[-1].first_line if folded and not is_quiet else len(lines)
        self._held = lines[held_from:]
        items: list[Item] = []
        seq = self._state.next_seq
        for event_lines in folded:
            if event_lines.first_line >= held_from or not event_lines.text.strip():
                continue
            event = self._parser.parse(event_lines.text, now_ms)
            self._events[seq] = (self._lines + event_lines.first_line + 1, event)
            at_ms = now_ms if event.timestamp_ms is None else event.timestamp_ms
            items.append(EventRef(seq, at_ms, self._find_key(event.text)))
            seq += 1
        self._lines += held_from
        if is_quiet:
            items.append(Flush())
        return self._judge_closed(items, now_ms)

    def _judge_closed(self, items: list[Item], now_ms: int) -> list[Flag]:
        windows, self._state = advance(self._rule, self._state, items)
        located = [[self._events[seq] for seq in window.seqs] for window in windows]
        flags: list[Flag] = []
        if windows:
            events = [[event for _, event in members] for members in located]
            evidence = self._reader.read(events)
            version = int(self._baseline.is_ready)
            verdicts, self._baseline, _ = self._judge.judge(
                windows, evidence, self._baseline, version, is_sequence=False, waiting=self._waiting
            )
            for verdict, members, texts in zip(verdicts, located, events, strict=True):
                if verdict.state is VerdictState.FLAGGED:
                    flags.append(_located(flag_of(verdict, texts, now_ms), [line for line, _ in members]))
        for seq in [seq for seq in self._events if seq < self._state.needed_from]:
            del self._events[seq]
        return flags


def _located(flag: Flag, first_lines: list[int]) -> Flag:
    events = tuple(replace(event, seq=line) for event, line in zip(flag.events, first_lines, strict=True))
    return replace(flag, events=events)
