"""Find what stands out in one file against another that shows how it is normally.

In: the lines of both. The normal ones are cut into windows and learnt as a stream's first windows are; the file's
windows are judged by them, each for itself. Out: the flagged windows, those that show the same together, as findings
and notes. Memory is bounded: of a long normal file windows are kept evenly, and of the file only what is flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

import numpy as np

from services.detector.gather_evidence import EvidenceReader
from services.detector.group_flags import UNFOLDS, FlaggedWindow, FlagGroups, pointed_lines
from services.detector.scan_file import LINES_PER_CHUNK, ScanReport, ScanSettings, SightingReader
from services.detector.score_windows import flag_of, verdict_of
from services.detector.usual_templates import UsualTemplates
from shared.core.baseline import Baseline
from shared.core.evidence import WindowEvidence
from shared.core.parsing import describe_format
from shared.core.records import Window
from shared.core.scorers import FUSED
from shared.core.template_table import MOST_TEMPLATES, Sighting

WINDOW_EVENTS = 10
FEWEST_NORMAL = 20  # windows
MOST_NORMAL = 4_000
_WINDOWS_AT_ONCE = 500


class TooFewNormal(ValueError):
    """The normal file holds ``windows`` windows, fewer than FEWEST_NORMAL."""

    def __init__(self, windows: int) -> None:
        super().__init__(f"{windows} windows of {WINDOW_EVENTS} events; at least {FEWEST_NORMAL} are needed")
        self.windows = windows


def learn_normal(
    files: Iterable[Iterable[bytes]],
    reader: EvidenceReader,
    scorers: Sequence[str] = FUSED,
    received_ms: int = 0,
    weights: Mapping[str, float] | None = None,
) -> Baseline:
    """What the lines of ``files`` show to be normal; no window lies in two of them. Raises TooFewNormal.

    weights  of ``scorers`` in their fusion; None: the usual ones
    """
    kept: list[WindowEvidence] = []
    step, number = 1, 0
    cut = chain.from_iterable(cut_windows(SightingReader(received_ms), lines) for lines in files)
    for windows in batches(cut):
        for seen in reader.read([[s.event for s in window] for window in windows]):
            if number % step == 0:
                kept.append(seen)
            number += 1
        if len(kept) > MOST_NORMAL:
            kept, step = kept[::2], step * 2
    if len(kept) < FEWEST_NORMAL:
        raise TooFewNormal(len(kept))
    return Baseline(len(kept), (), scorers=scorers, weights=weights).observe(kept)


def scan_against(
    baseline: Baseline,
    lines: Iterable[bytes],
    reader: EvidenceReader,
    budget: float,
    settings: ScanSettings | None = None,
) -> ScanReport:
    """Judge ``lines`` by ``baseline``; ``budget`` is the share of normal windows that may be flagged.

    A scorer that is asked alone is taken at its word: whatever it flags is a finding.
    """
    settings = settings or ScanSettings()
    sightings = SightingReader(settings.received_ms)
    threshold = baseline.threshold(budget)
    groups = FlagGroups(UNFOLDS if len(baseline.scorers) > 1 else 0.0)
    normal = UsualTemplates(baseline.windows)
    templates: set[str] = set()
    number = 0
    for windows in batches(cut_windows(sightings, lines)):
        if len(templates) < MOST_TEMPLATES:
            templates.update(s.template for window in windows for s in window)
        evidence = reader.read([[s.event for s in window] for window in windows])
        for window, seen, judgement in zip(windows, evidence, baseline.judge(evidence), strict=True):
            if judgement.strangeness > threshold:
                cut = Window(settings.name, tuple(s.line_number for s in window), f"fixed:{WINDOW_EVENTS}")
                verdict = verdict_of(cut, seen, judgement, threshold, reader.model.version)
                flag = flag_of(verdict, [s.event for s in window], settings.received_ms)
                pointed = pointed_lines(window, judgement.lines.tolist())
                usual = (window[at].line_number for at in np.flatnonzero(normal.usual(seen)).tolist())
                groups.add(FlaggedWindow(number, flag, pointed, frozenset(usual)))
            number += 1
    return report_of(groups, sightings, len(templates), settings)


def report_of(groups: FlagGroups, sightings: SightingReader, templates: int, settings: ScanSettings) -> ScanReport:
    """What was flagged, as a scan tells it."""
    findings, notes = groups.findings(), groups.notes()
    return ScanReport(
        format=describe_format(sightings.sample) if sightings.sample else None,
        lines=sightings.lines,
        events=sightings.events,
        templates=templates,
        findings=tuple(findings[: settings.most_findings]),
        unlisted=max(len(findings) - settings.most_findings, 0),
        overflowed=groups.left_out,
        notes=tuple(notes[: settings.most_findings]),
        noted=len(notes),
        noted_events=sum(note.count for note in notes),
    )


def cut_windows(
    reader: SightingReader, lines: Iterable[bytes], size: int = WINDOW_EVENTS
) -> Iterator[list[Sighting]]:
    """Runs of ``size`` events; the last one reaches back, so that no line goes unseen."""
    before: list[Sighting] = []
    window: list[Sighting] = []
    for sighting in _sightings(reader, lines):
        window.append(sighting)
        if len(window) == size:
            yield window
            before, window = window, []
    if window:
        yield [*before, *window][-size:]


def _sightings(reader: SightingReader, lines: Iterable[bytes]) -> Iterator[Sighting]:
    source = iter(lines)
    while chunk := list(islice(source, LINES_PER_CHUNK)):
        yield from reader.read(chunk)
    yield from reader.finish()


def batches(windows: Iterator[list[Sighting]]) -> Iterator[list[list[Sighting]]]:
    """So many windows at once as are judged together."""
    while batch := list(islice(windows, _WINDOWS_AT_ONCE)):
        yield batch
