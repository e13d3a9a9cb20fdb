"""Reads an archive back: windows between two days, each once, with what people say of it.

    for labelled in ArchiveReader(root).labelled(date(2026, 3, 1), date(2026, 3, 31)):
        labelled.window.lines, labelled.is_anomaly, labelled.category

A label outlives the silence that it brought: what has expired still says what a window was; what was taken back says
nothing. Memory: one day's analyses, one partition's windows. What may fail: OSError, pyarrow's errors for
a damaged file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from shared.archive.layout import SEQUENCES, Partition, day_of, folder_of, partitions
from shared.archive.schema import DataSet
from shared.archive.writing import read_table, without_repeats
from shared.core.feedback import ANOMALOUS, Feedback, FeedbackScope, FeedbackVerdict, Judged, reaches, standing_of


@dataclass(frozen=True, slots=True)
class ArchivedLine:
    seq: int
    text: str
    template: str
    level: str = ""
    source: str = ""
    time_ms: int | None = None
    surprise: float = 0.0


@dataclass(frozen=True, slots=True)
class ArchivedWindow:
    """See schema.WINDOWS. The last five come from what the analyzer made of it, "" and () when it was no flag."""

    window_id: str
    stream: str
    scored_ms: int
    state: str
    score: float
    strangeness: float
    threshold: float
    model_version: str
    baseline_version: int
    lines: tuple[ArchivedLine, ...]
    first_seq: int = 0
    last_seq: int = 0
    severity: str | None = None
    p_values: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    incident_id: str = ""
    signature: str = ""
    templates: frozenset[str] = frozenset()
    category: str = ""
    silenced_by: str = ""

    @property
    def is_flagged(self) -> bool:
        return self.state == "flagged"


@dataclass(frozen=True, slots=True)
class LabelledWindow:
    """is_anomaly  what people say; None: nothing     category  what it is, "" unsaid
    is_direct   somebody judged this very window, not only its like     feedback  what decided
    """

    window: ArchivedWindow
    is_anomaly: bool | None = None
    category: str = ""
    is_direct: bool = False
    feedback: Feedback | None = None


class ArchiveReader:
    """``streams``: only these, everywhere."""

    def __init__(self, root: Path, streams: Collection[str] | None = None) -> None:
        self._root = root
        self._streams = None if streams is None else frozenset(streams)
        self._folders = None if streams is None else {folder_of(stream) for stream in streams}

    def windows(
        self, first: date, last: date, until_ms: int | None = None, only_flagged: bool = False
    ) -> Iterator[ArchivedWindow]:
        """Windows scored from ``first`` to ``last`` (UTC, both included), each once, by day, stream and position.

        until_ms  as analyzers had read them by then
        """
        wanted = [p for kind in (DataSet.WINDOWS, DataSet.LABELLED) for p in self._partitions(kind, first, last)]
        before: set[str] = set()
        for day in sorted({partition.day for partition in wanted}):
            seen: set[str] = set()
            analyses = self._analyses(day, until_ms)
            for window in self._windows_of([p for p in wanted if p.day == day], analyses, only_flagged):
                if window.window_id not in seen and window.window_id not in before:
                    seen.add(window.window_id)
                    yield window
            before = seen  # one that was judged at midnight lies in two days

    def feedback(self, until_ms: int | None = None) -> list[Feedback]:
        """Every feedback in its latest state (``until_ms``: as it stood then), the first given first."""
        latest: dict[str, tuple[int, Feedback]] = {}
        for row in self._rows(self._partitions(DataSet.FEEDBACK)):
            if until_ms is not None and row["at_ms"] > until_ms:
                continue
            known = latest.get(row["feedback_id"])
            if known is None or known[0] <= row["at_ms"]:
                latest[row["feedback_id"]] = row["at_ms"], _feedback(row)
        found = [feedback for _, feedback in latest.values()]
        return sorted(found, key=lambda feedback: (feedback.given_ms, feedback.feedback_id))

    def labelled(self, first: date, last: date, until_ms: int | None = None) -> Iterator[LabelledWindow]:
        """``windows`` with their labels; then, as windows of their own, missed lines that no window holds.

        until_ms  as people had spoken, and analyzers had read them, by then
        """
        said = [f for f in self.feedback(until_ms) if not f.undone_ms]
        by_stream: dict[str, list[Feedback]] = {}
        for feedback in said:
            by_stream.setdefault(feedback.stream, []).append(feedback)
        found: set[str] = set()
        for window in self.windows(first, last, until_ms):
            labelled = label(window, by_stream.get(_stream_of(window.stream), ()))
            if labelled.feedback is not None:
                found.add(labelled.feedback.feedback_id)
            yield labelled
        for feedback in said:
            if feedback.lines and feedback.feedback_id not in found:
                window = _window_of_missed(feedback)
                if first <= day_of(window.scored_ms) <= last:
                    yield LabelledWindow(window, True, feedback.category, True, feedback)

    def _windows_of(
        self, wanted: Sequence[Partition], analyses: Mapping[str, Mapping[str, Any]], only_flagged: bool
    ) -> Iterator[ArchivedWindow]:
        for partition in wanted:
            rows = self._rows([partition], only_flagged)
            for row in sorted(rows, key=lambda row: (row["stream"], row["first_seq"])):
                yield _window(row, analyses.get(row["window_id"]))

    def _analyses(self, day: date, until_ms: int | None) -> dict[str, Mapping[str, Any]]:
        """window id -> the latest reading; an analyzer may be a day behind its detector."""
        rows = self._rows(self._partitions(DataSet.ANALYSES, day, day + timedelta(days=1)))
        by_then = (row for row in rows if until_ms is None or row["at_ms"] <= until_ms)
        return {row["window_id"]: row for row in sorted(by_then, key=lambda row: int(row["at_ms"]))}

    def _partitions(self, dataset: DataSet, first: date | None = None, last: date | None = None) -> list[Partition]:
        found = partitions(self._root, dataset, first, last)
        return [p for p in found if self._folders is None or p.folder in self._folders]

    def _rows(self, wanted: Sequence[Partition], only_flagged: bool = False) -> Iterator[Mapping[str, Any]]:
        for partition in wanted:
            table = read_table(partition.files(self._root), partition.dataset, only_flagged)
            for row in without_repeats(table.to_pylist(), partition.dataset):
                if self._streams is None or row["stream"] in self._streams:
                    yield row


def label(window: ArchivedWindow, said: Sequence[Feedback]) -> LabelledWindow:
    """What people say of a window; ``said``: of its stream, without what was taken back."""
    direct = [f for f in said if window.window_id in f.windows or _is_missed_in(f, window)]
    about = [f for f in said if window.is_flagged and f not in direct and _reaches_in_time(f, window)]
    for judgements, is_direct in ((direct, True), (about, False)):
        decided = _decide(window, judgements)
        if decided is not None:
            is_anomaly = decided.verdict is not FeedbackVerdict.FALSE_POSITIVE
            return LabelledWindow(window, is_anomaly, decided.category if is_anomaly else "", is_direct, decided)
    return LabelledWindow(window)


def _decide(window: ArchivedWindow, said: Sequence[Feedback]) -> Feedback | None:
    """By the same rules as live; the latest anomaly that holds, else the false positive."""
    if not said:
        return None
    timeless = {f.feedback_id: replace(f, expires_ms=None, ended_ms=0, stream=window.stream) for f in said}
    judged = _judged(window)
    if not judged.signature:  # not read by an analyzer yet, or a snapshot: what was said of it knows its kind
        judged = replace(judged, signature=said[-1].signature, templates=frozenset(said[-1].templates))
    silence = standing_of(judged, timeless.values(), 0).silenced_by
    if silence is not None:
        return next(f for f in said if f.feedback_id == silence.feedback_id)
    anomalous = [f for f in said if f.verdict is not FeedbackVerdict.FALSE_POSITIVE]
    return max(anomalous, key=lambda f: (f.given_ms, f.feedback_id), default=None)


def _reaches_in_time(feedback: Feedback, window: ArchivedWindow) -> bool:
    """A verdict on a kind of flag holds for earlier ones too; one on a whole stream only while it was in force."""
    if feedback.verdict is FeedbackVerdict.MISSED or not reaches(feedback, _judged(window)):
        return False
    if feedback.verdict in ANOMALOUS and feedback.scope is FeedbackScope.WINDOW:
        return False  # it protects its like, which is not to say that they are anomalies
    ends = [ms for ms in (feedback.expires_ms, feedback.ended_ms) if ms]
    is_begun = feedback.scope is not FeedbackScope.STREAM or window.scored_ms >= feedback.given_ms
    return is_begun and window.scored_ms < min(ends, default=window.scored_ms + 1)


def _is_missed_in(feedback: Feedback, window: ArchivedWindow) -> bool:
    """Does the window hold one of the lines, or lie in the time, that somebody says was missed?"""
    if feedback.verdict is not FeedbackVerdict.MISSED:
        return False
    times = [line.time_ms for line in window.lines if line.time_ms is not None] or [window.scored_ms]
    first, last = feedback.first_ms, feedback.last_ms
    if first is not None and last is not None and not (min(times) <= last and first <= max(times)):
        return False
    wanted = {line.strip() for line in feedback.lines}
    return not wanted or any(line.text.strip() in wanted for line in window.lines)


def _judged(window: ArchivedWindow) -> Judged:
    return Judged(window.stream, window.signature, window.templates, frozenset((window.window_id,)))


def _window_of_missed(feedback: Feedback) -> ArchivedWindow:
    lines = tuple(ArchivedLine(n, text, "", time_ms=feedback.first_ms) for n, text in enumerate(feedback.lines))
    at_ms = feedback.first_ms if feedback.first_ms is not None else feedback.given_ms
    return ArchivedWindow(feedback.feedback_id, feedback.stream, at_ms, "missed", 0.0, 0.0, 0.0, "", 0, lines)


def _window(row: Mapping[str, Any], reading: Mapping[str, Any] | None) -> ArchivedWindow:
    read = {name: (reading or {}).get(name) or "" for name in ("incident_id", "signature", "category", "silenced_by")}
    nested = {"p_values": dict(row["p_values"] or ()), "templates": (reading or {}).get("templates") or ()}
    lists = {name: row[name] or () for name in ("lines", "reasons")}
    return msgspec.convert({**row, **read, **nested, **lists}, ArchivedWindow)


def _feedback(row: Mapping[str, Any]) -> Feedback:
    lists = {name: row[name] or () for name in ("templates", "windows", "lines")}
    return msgspec.convert({**row, **lists}, Feedback)


def _stream_of(stream: str) -> str:
    """Feedback names all self-contained sequences as one stream."""
    return SEQUENCES if stream.startswith(SEQUENCES) else stream
