"""Nezha TrainTicket: microservices in which one pod at a time is broken, three minutes of all pods per incident.

Each of the two days is split by time: the earlier incidents give the windows of the pods that were not broken, the
later ones are judged. Windows are 20 lines of one pod.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loglynx.bench.cutting import fixed
from loglynx.bench.datasets.source import Source, read_rows
from loglynx.bench.stream_events import FIRST_DAY_MS
from loglynx.bench.task import Case, Task
from shared.core.parsing import LineParser
from shared.core.records import Event

_FILE = "nezha_trainticket/incidents.jsonl.xz"
_SIZE = 20
_FIT_SHARE = 0.5
_NOTE = (
    "anomalous are the windows of the broken pod from the injection on: many of their lines are ordinary, and a "
    "fault that spreads makes windows of other pods strange that count as normal; network delay and CPU contention "
    "hardly show in logs but for their times; few incidents, so the episode is the fairer measure"
)


def nezha(data_dir: Path) -> Task:
    by_day: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(read_rows(data_dir / _FILE), key=lambda row: str(row["lines"][0][0])):
        by_day.setdefault(row["lines"][0][0][:10], []).append(row)
    fit: list[Case] = []
    test: list[Case] = []
    episodes = []
    for rows in by_day.values():
        end = max(1, int(_FIT_SHARE * len(rows)))
        # The broken pod is left out of fitting altogether: what of its time was sound, nobody knows.
        fit += (case for row in rows[:end] for pod, case in _windows(row) if pod != row["pod"])
        for row in rows[end:]:
            begin = len(test)
            test += (case for _, case in _windows(row))
            episodes.append((begin, len(test)))
    return Task("nezha-20", "stream", tuple(fit), tuple(test), note=_NOTE, episodes=tuple(episodes))


def _windows(row: dict[str, Any]) -> Iterator[tuple[str, Case]]:
    """The windows of an incident in the order in which they begin, with the pod that each is of."""
    pods: dict[str, list[Event]] = {}
    parsers: dict[str, LineParser] = {}
    for at_ms, pod, text in sorted((_ms(stamp), pod, text) for stamp, pod, text in row["lines"]):
        event = parsers.setdefault(pod, LineParser()).parse(text, FIRST_DAY_MS)
        pods.setdefault(pod, []).append(_at(event, at_ms))
    begin_ms = _ms(row["incident"].replace(" ", "T")) if row["pod"] else None
    found = []
    for pod, events in pods.items():
        for case in fixed(_SIZE).cases(events):
            is_hit = pod == row["pod"] and begin_ms is not None and (case.events[-1].timestamp_ms or 0) >= begin_ms
            found.append((case.events[0].timestamp_ms or 0, pod, Case(case.events, is_hit)))
    yield from ((pod, case) for _, pod, case in sorted(found, key=lambda item: item[:2]))


def _at(event: Event, at_ms: int) -> Event:
    """The collector's time: the text has a time of day alone, in another zone."""
    return Event(event.text, event.message, at_ms, event.level, event.source, event.line_count, event.format)


def _ms(stamp: str) -> int:
    """From UTC with any number of digits."""
    return round(datetime.fromisoformat(stamp[:23].rstrip("Z")).replace(tzinfo=UTC).timestamp() * 1000)


SOURCES = {"nezha-20": Source((_FILE,), nezha)}
