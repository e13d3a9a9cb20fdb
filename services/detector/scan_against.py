"""Find what stands out in one file against another that shows how it is normally.

In: the lines of both. The normal ones are cut into windows and learnt as a stream's first windows are; the file's
windows are judged by them, each for itself. Out: the flagged windows, those that show the same together. Memory is
bounded: of a long normal file windows are kept evenly, and of the file only what is flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from services.detector.gather_evidence import EvidenceReader
from services.detector.scan_file import (
    LINES_PER_CHUNK,
    MOST_LINE_NUMBERS,
    Finding,
    ScanReport,
    ScanSettings,
    SightingReader,
)
from services.detector.score_windows import flag_of, verdict_of
from shared.core.baseline import Baseline, Judgement
from shared.core.evidence import WindowEvidence
from shared.core.parsing import describe_format
from shared.core.records import Flag, Severity, Window
from shared.core.scorers import FUSED
from shared.core.template_table import Sighting

WINDOW_EVENTS = 10
FEWEST_NORMAL = 20  # windows
MOST_NORMAL = 4_000
_WINDOWS_AT_ONCE = 500
_POINTED_SHARE = 0.5  # of the strangest line's strangeness: lines that a finding points at


class TooFewNormal(ValueError):
    """The normal file holds ``windows`` windows, fewer than FEWEST_NORMAL."""

    def __init__(self, windows: int) -> None:
        super().__init__(f"{windows} windows of {WINDOW_EVENTS} events; at least {FEWEST_NORMAL} are needed")
        self.windows = windows


@dataclass(slots=True)
class _Group:
    """Flagged windows that show the same: the strangest one, and the lines of all."""

    flag: Flag
    strangeness: float
    line_numbers: list[int] = field(default_factory=list)
    templates: dict[str, None] = field(default_factory=dict)
    windows: int = 0


def learn_normal(
    lines: Iterable[bytes], reader: EvidenceReader, scorers: Sequence[str] = FUSED, received_ms: int = 0
) -> Baseline:
    """What the lines show to be normal. Raises TooFewNormal."""
    kept: list[WindowEvidence] = []
    step, number = 1, 0
    for windows in _batches(_windows(SightingReader(received_ms), lines)):
        for seen in reader.read([[s.event for s in window] for window in windows]):
            if number % step == 0:
                kept.append(seen)
            number += 1
        if len(kept) > MOST_NORMAL:
            kept, step = kept[::2], step * 2
    if len(kept) < FEWEST_NORMAL:
        raise TooFewNormal(len(kept))
    return Baseline(len(kept), (), scorers=scorers).observe(kept)


def scan_against(
    baseline: Baseline,
    lines: Iterable[bytes],
    reader: EvidenceReader,
    budget: float,
    settings: ScanSettings | None = None,
) -> ScanReport:
    """Judge ``lines`` by ``baseline``; ``budget`` is the share of normal windows that may be flagged."""
    settings = settings or ScanSettings()
    sightings = SightingReader(settings.received_ms)
    threshold = baseline.threshold(budget)
    groups: dict[str, _Group] = {}
    templates: set[str] = set()
    for windows in _batches(_windows(sightings, lines)):
        templates.update(s.template for window in windows for s in window)
        evidence = reader.read([[s.event for s in window] for window in windows])
        for window, seen, judgement in zip(windows, evidence, baseline.judge(evidence), strict=True):
            if judgement.strangeness > threshold:
                _take(groups, window, seen, judgement, threshold, reader.model.version, settings)
    worst_first = sorted(groups.values(), key=lambda group: -group.strangeness)
    return ScanReport(
        format=describe_format(sightings.sample) if sightings.sample else None,
        lines=sightings.lines,
        events=sightings.events,
        templates=len(templates),
        findings=tuple(_finding(group) for group in worst_first[: settings.most_findings]),
        unlisted=max(len(groups) - settings.most_findings, 0),
    )


def _take(
    groups: dict[str, _Group],
    window: Sequence[Sighting],
    seen: WindowEvidence,
    judgement: Judgement,
    threshold: float,
    model_version: str,
    settings: ScanSettings,
) -> None:
    """Put a flagged window to those whose strangest line has the same template."""
    cut = Window(settings.name, tuple(s.line_number for s in window), f"fixed:{WINDOW_EVENTS}")
    verdict = verdict_of(cut, seen, judgement, threshold, model_version)
    strange = judgement.lines
    order = np.argsort(-strange, kind="stable")
    pointed = [int(at) for at in order if strange[at] >= _POINTED_SHARE * strange[order[0]]]
    leader = window[pointed[0]].template
    group = groups.get(leader)
    if group is None or judgement.strangeness > group.strangeness:
        flag = flag_of(verdict, [s.event for s in window], settings.received_ms)
        if group is None:
            group = groups[leader] = _Group(flag, judgement.strangeness)
        group.flag, group.strangeness = flag, judgement.strangeness
    group.windows += 1
    numbers = sorted(window[at].line_number for at in pointed)
    group.line_numbers += [number for number in numbers if number not in group.line_numbers[-WINDOW_EVENTS:]]
    group.templates |= dict.fromkeys(window[at].template for at in pointed)


def _finding(group: _Group) -> Finding:
    verdict = group.flag.verdict
    return Finding(
        score=round(verdict.score, 4),
        severity=verdict.severity or Severity.LOW,
        count=len(group.line_numbers),
        line_numbers=tuple(group.line_numbers[:MOST_LINE_NUMBERS]),
        templates=tuple(group.templates),
        reasons=verdict.reasons,
        flag=group.flag,
    )


def _windows(reader: SightingReader, lines: Iterable[bytes]) -> Iterator[list[Sighting]]:
    """Runs of WINDOW_EVENTS events; the last one reaches back, so that no line goes unseen."""
    before: list[Sighting] = []
    window: list[Sighting] = []
    for sighting in _sightings(reader, lines):
        window.append(sighting)
        if len(window) == WINDOW_EVENTS:
            yield window
            before, window = window, []
    if window:
        yield [*before, *window][-WINDOW_EVENTS:]


def _sightings(reader: SightingReader, lines: Iterable[bytes]) -> Iterator[Sighting]:
    source = iter(lines)
    while chunk := list(islice(source, LINES_PER_CHUNK)):
        yield from reader.read(chunk)
    yield from reader.finish()


def _batches(windows: Iterator[list[Sighting]]) -> Iterator[list[list[Sighting]]]:
    while batch := list(islice(windows, _WINDOWS_AT_ONCE)):
        yield batch
