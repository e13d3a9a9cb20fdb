"""Find what stands out in one file, with no server, no baseline and no learning beforehand.

One pass over the lines in bounded memory fills a table of templates; at the end they are ranked by what their
words say, how rare they are and how concentrated, and those that occur together become one finding. What counts as
rare is taken from the very file. Bad news that a system writes now and then all its life is found too: nothing in the
file tells it from a fault, only other files can (scan_against.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from services.detector.score_windows import severity_of
from shared.core.decoding import decode_bytes, make_safe
from shared.core.episodes import UNFOLDS, episodes
from shared.core.folding import fold
from shared.core.hostile_requests import template_with_code
from shared.core.normalising import line_ids
from shared.core.parsing import FormatReport, LineParser, describe_format
from shared.core.records import Event, Flag, FlaggedEvent, Reason, Severity, Verdict, VerdictState, Window
from shared.core.template_table import STANDS_OUT, Ranked, Sighting, TemplateTable, group, rank

LINES_PER_CHUNK = 2_000
MAX_LINE_CHARS = 32_768
FORMAT_SAMPLE = 1_000
CONTEXT_TEXT_CHARS = 2_000
MOST_LINE_NUMBERS = 50
MOST_KNOWN_LINES = 200_000


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """name  what the file is called in findings    most_findings  the list is cut after so many, worst first
    received_ms  the time of reading, for timestamps without a year; 0 reads them as of 1970
    """

    name: str = "-"
    most_findings: int = 20
    stands_out: float = STANDS_OUT
    received_ms: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Lines that stand out together.

    score         0..1, 0.5 just stands out     count  events in all
    line_numbers  first lines of those events, from 1, at most MOST_LINE_NUMBERS
    flag          the first occurrence in its context, as the analyzer reads flags; ``event.seq`` is the line number
    """

    score: float
    severity: Severity
    count: int
    line_numbers: tuple[int, ...]
    templates: tuple[str, ...]
    reasons: tuple[Reason, ...]
    flag: Flag


@dataclass(frozen=True, slots=True)
class ScanReport:
    """``format`` is None for an empty file. ``unlisted`` findings were cut off by the settings.

    notes  what stands out alone, with nothing that follows: worth knowing, no finding; the list is cut as the other.
           ``noted`` counts all of them and ``noted_events`` their events
    """

    format: FormatReport | None
    lines: int
    events: int
    templates: int
    findings: tuple[Finding, ...]
    unlisted: int = 0
    overflowed: int = 0
    notes: tuple[Finding, ...] = ()
    noted: int = 0
    noted_events: int = 0


@dataclass(slots=True)
class SightingReader:
    """Lines in, sightings out; a trace that goes on in the next chunk stays one event."""

    received_ms: int
    lines: int = 0
    events: int = 0
    sample: list[str] = field(default_factory=list)
    _held: list[str] = field(default_factory=list)
    _known: dict[int, str] = field(default_factory=dict)
    _parser: LineParser = field(default_factory=LineParser)

    def read(self, chunk: list[bytes]) -> Iterator[Sighting]:
        lines = [make_safe(line, MAX_LINE_CHARS)[0] for line in _decode(chunk)]
        yield from self._sight(self._held + lines, is_last=False)

    def finish(self) -> Iterator[Sighting]:
        yield from self._sight(self._held, is_last=True)

    def _sight(self, lines: list[str], is_last: bool) -> Iterator[Sighting]:
        folded = fold(lines)
        self._held = []
        if folded and not is_last:
            self._held = lines[folded[-1].first_line :]
            folded = folded[:-1]
        kept = [event_lines for event_lines in folded if event_lines.text.strip()]
        self.sample.extend(event_lines.text for event_lines in kept[: FORMAT_SAMPLE - len(self.sample)])
        events = [self._parser.parse(event_lines.text, self.received_ms) for event_lines in kept]
        for event_lines, event, template in zip(kept, events, self._templates(events), strict=True):
            self.events += 1
            yield Sighting(self.events, self.lines + event_lines.first_line + 1, template, event)
        self.lines += len(lines) - len(self._held)

    def _templates(self, events: list[Event]) -> list[str]:
        """The template of each event; only lines never seen before are masked."""
        messages = [event.message for event in events]
        ids: list[int] = line_ids(messages).tolist()
        for line_id, message in zip(ids, messages, strict=True):
            if line_id not in self._known:
                if len(self._known) >= MOST_KNOWN_LINES:
                    self._known.clear()
                self._known[line_id] = template_with_code(message)
        return [self._known.get(i) or template_with_code(message) for i, message in zip(ids, messages, strict=True)]


def _decode(chunk: list[bytes]) -> list[str]:
    text = decode_bytes(b"\n".join(line.rstrip(b"\r\n") for line in chunk)).split("\n")
    return text if len(text) == len(chunk) else [decode_bytes(line.rstrip(b"\r\n")) for line in chunk]


def scan_lines(
    lines: Iterable[bytes], settings: ScanSettings | None = None, progress: Callable[[int], None] | None = None
) -> ScanReport:
    """Scan ``lines`` (each with or without its line end). ``progress`` is told the lines read so far."""
    settings = settings or ScanSettings()
    reader, table = SightingReader(settings.received_ms), TemplateTable()
    source = iter(lines)
    while chunk := list(islice(source, LINES_PER_CHUNK)):
        table.add(reader.read(chunk))
        if progress is not None:
            progress(reader.lines)
    table.add(reader.finish())
    groups, lone = _tell_apart(table, settings.stands_out)
    findings = tuple(_finding(members, settings) for members in groups[: settings.most_findings])
    return ScanReport(
        format=describe_format(reader.sample) if reader.sample else None,
        lines=reader.lines,
        events=table.events,
        templates=len(table.rows),
        findings=findings,
        unlisted=len(groups) - len(findings),
        overflowed=table.overflowed,
        notes=tuple(_finding(members, settings) for members in lone[: settings.most_findings]),
        noted=len(lone),
        noted_events=sum(entry.row.count for members in lone for entry in members),
    )


def _tell_apart(table: TemplateTable, stands_out: float) -> tuple[list[list[Ranked]], list[list[Ranked]]]:
    """What stands out, put together: that which unfolds, and that which stands alone."""
    groups = group([entry for entry in rank(table) if entry.strangeness > stands_out], table.neighbourhoods)
    weight = episodes(table)
    unfolding: list[list[Ranked]] = []
    lone: list[list[Ranked]] = []
    for members in groups:
        does_unfold = any(weight.get(entry.row.template, 0.0) > UNFOLDS for entry in members)
        (unfolding if does_unfold else lone).append(members)
    return unfolding, lone


def _finding(members: list[Ranked], settings: ScanSettings) -> Finding:
    leader = members[0]
    score = 1.0 / (1.0 + math.exp(settings.stands_out - leader.strangeness))
    severity = severity_of(score, leader.row.trouble)
    strangeness = {entry.row.template: entry.strangeness for entry in members}
    context = leader.row.context or leader.row.places[:1]
    surprise = tuple(round(max(strangeness.get(s.template, 0.0), 0.0), 3) for s in context)
    reasons = _reasons(leader, tuple(i for i, s in enumerate(context) if s.template in strangeness))
    seqs = tuple(sighting.position - 1 for sighting in context)
    verdict = Verdict(
        window_id=Window(settings.name, seqs, "scan").window_id,
        stream=settings.name,
        seqs=seqs,
        state=VerdictState.FLAGGED,
        score=round(score, 4),
        strangeness=round(leader.strangeness, 3),
        threshold=settings.stands_out,
        model_version="scan",
        baseline_version=0,
        event_surprise=surprise,
        reasons=reasons,
        severity=severity,
    )
    events = tuple(
        _flagged_event(number, sighting, value)
        for number, (sighting, value) in enumerate(zip(context, surprise, strict=True), start=1)
    )
    numbers = sorted({sighting.line_number for entry in members for sighting in entry.row.places})
    return Finding(
        score=round(score, 4),
        severity=severity,
        count=sum(entry.row.count for entry in members),
        line_numbers=tuple(numbers[:MOST_LINE_NUMBERS]),
        templates=tuple(entry.row.template for entry in members),
        reasons=reasons,
        flag=Flag(verdict, events, settings.received_ms),
    )


def _flagged_event(number: int, sighting: Sighting, surprise: float) -> FlaggedEvent:
    event = sighting.event
    return FlaggedEvent(
        number=number,
        seq=sighting.line_number,
        text=event.text[:CONTEXT_TEXT_CHARS],
        template=sighting.template,
        level="" if event.level is None else event.level.name.lower(),
        source=event.source,
        timestamp_ms=event.timestamp_ms,
        surprise=surprise,
    )


def _reasons(leader: Ranked, events: tuple[int, ...]) -> tuple[Reason, ...]:
    reasons = []
    if leader.word_odds > 0:
        reasons.append(Reason("troubling_words", events, f"words odds={leader.word_odds:.1f}"))
    if leader.rarity > 2.0:
        reasons.append(Reason("rare_template", events, f"seen {leader.row.count} times"))
    if leader.concentration > 1.5:
        reasons.append(Reason("burst", events, f"{leader.row.count} times, close together"))
    return tuple(reasons) or (Reason("troubling_words", events),)
