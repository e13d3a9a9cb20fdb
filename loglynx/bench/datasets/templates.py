"""Sequences of event numbers become sequences of events again: each number's template with its wildcards filled in.

Every number is one Event and every distinct sequence one tuple, shared by all sessions that have it, so that half a
million sessions fit into memory. There is no time in such data, and none is invented.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from loglynx.bench.task import Case, Events
from shared.core.parsing import LineParser
from shared.core.records import Event

_WILDCARD = "<*>"
# What stands in a wildcard that no one says more of, told by the words before it; the first that fits.
_FILLINGS = (
    (re.compile(r"instance:? ?$"), "b9000564-fe1a-409b-b8cc-1e88b294cd1d"),
    (re.compile(r"(?:node|host|hosts) '?$"), "compute-1"),
    (re.compile(r"(?:file|files):? $"), "/var/lib/nova/instances/_base/a489c868f0c37da93b76227c91bb03908ac0e742"),
    (re.compile(r'"(?:DELETE|GET|POST) $'), "/v2/54fadb412c4e40cdbaed9335e4c35a9e/servers/detail HTTP/1.1"),
    (re.compile(r"status: $"), "200"),
    (re.compile(r""), "17"),
)


def fill(template: str, values: Sequence[str] = ()) -> str:
    """The template as a line; its wildcards hold ``values`` in order, then what the words before suggest."""
    first, *rest = template.split(_WILDCARD)
    line = first
    for at, literal in enumerate(rest):
        value = values[at] if at < len(values) else next(text for words, text in _FILLINGS if words.search(line))
        line += value + literal
    return line.strip()


def events_of(templates: Mapping[int, str], values: Mapping[int, Sequence[str]] | None = None) -> dict[int, Event]:
    """One event per number, without time."""
    parser, known = LineParser(), values or {}
    filled = {number: fill(template, known.get(number, ())) for number, template in templates.items()}
    return {number: replace(parser.parse(line, 0), timestamp_ms=None) for number, line in filled.items()}


class SharedSessions:
    """Makes cases of sequences, the same object for the same sequence and truth."""

    def __init__(self, events: Mapping[int, Event]) -> None:
        self._event_of = {str(number): event for number, event in events.items()}
        self._known: dict[tuple[str, bool], Case] = {}
        self._sequences: dict[str, Events] = {}

    def case(self, sequence: str, is_anomaly: bool) -> Case:
        """``sequence``: event numbers with blanks between them. Raises KeyError for a number without a template."""
        known = self._known.get((sequence, is_anomaly))
        if known is None:
            events = self._sequences.get(sequence)
            if events is None:
                events = self._sequences[sequence] = tuple(self._event_of[number] for number in sequence.split())
            known = self._known[sequence, is_anomaly] = Case(events, is_anomaly)
        return known

    def cases(self, rows: Sequence[tuple[str, bool]]) -> tuple[Case, ...]:
        return tuple(self.case(sequence, is_anomaly) for sequence, is_anomaly in rows)
