"""Entries of the outboxes as rows of the archive. Pure; the same entry gives the same row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from shared.archive.schema import FEEDBACK, DataSet
from shared.core.normalising import template_of
from shared.core.records import Flag, Level, Severity, Verdict
from shared.store.outbox import ArchivedEvents, Entry, FlagReading, GivenFeedback, ScoredWindows

Row = dict[str, Any]
SEVERITIES = tuple(Severity)
_template = lru_cache(maxsize=65_536)(template_of)


def rows_of(entry: Entry) -> Iterable[tuple[DataSet, Row]]:
    """(data set, row) of everything in an entry."""
    match entry:
        case ScoredWindows():
            index = {seq: place for place, seq in enumerate(entry.events.seqs)}
            for verdict in entry.verdicts:
                yield DataSet.WINDOWS, _window(verdict, entry.at_ms, _lines(verdict, entry.events, index))
        case FlagReading():
            row = {name: value for name, value in asdict(entry).items() if name != "severity_rank"}
            yield DataSet.ANALYSES, row | {"severity": SEVERITIES[entry.severity_rank].value}
        case GivenFeedback():
            said = asdict(entry.feedback) | {"at_ms": entry.at_ms}
            yield DataSet.FEEDBACK, {name: said[name] for name in FEEDBACK.names}
            for flag in entry.flags:
                yield DataSet.LABELLED, _window(flag.verdict, flag.flagged_at_ms, _flagged_lines(flag))


def _window(verdict: Verdict, at_ms: int, lines: list[Row]) -> Row:
    return {
        "window_id": verdict.window_id,
        "stream": verdict.stream,
        "scored_ms": at_ms,
        "first_seq": verdict.seqs[0],
        "last_seq": verdict.seqs[-1],
        "state": verdict.state.value,
        "score": verdict.score,
        "strangeness": verdict.strangeness,
        "threshold": verdict.threshold,
        "severity": verdict.severity.value if verdict.severity else None,
        "p_values": list(verdict.components.items()),
        "reasons": [reason.code for reason in verdict.reasons],
        "model_version": verdict.model_version,
        "baseline_version": verdict.baseline_version,
        "lines": lines,
    }


def _lines(verdict: Verdict, events: ArchivedEvents, index: dict[int, int]) -> list[Row]:
    surprises = verdict.event_surprise
    return [
        {
            "seq": seq,
            "text": events.texts[place],
            "template": _template(events.message(place)),
            "level": "" if (level := events.levels[place]) is None else Level(level).name.lower(),
            "source": events.sources[place],
            "time_ms": events.times[place],
            "surprise": surprises[number] if number < len(surprises) else 0.0,
        }
        for number, seq in enumerate(verdict.seqs)
        if (place := index.get(seq)) is not None
    ]


def _flagged_lines(flag: Flag) -> list[Row]:
    return [
        {
            "seq": event.seq,
            "text": event.text,
            "template": event.template,
            "level": event.level,
            "source": event.source,
            "time_ms": event.timestamp_ms,
            "surprise": event.surprise,
        }
        for event in flag.events
    ]
