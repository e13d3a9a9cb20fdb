"""A flag of this process, read by the rules, as an anomaly to show.

``event.seq`` is the number of the event's first line; the rules are made to cite those numbers, so that their "line
1042" is line 1042 of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loglynx.findings import FoundAnomaly, ShownLine
from services.analyzer.rules import explain
from services.analyzer.schemas import Analysis
from services.detector.scan_file import Finding
from shared.core.records import Flag


def anomaly_of_finding(finding: Finding, language: str | None) -> FoundAnomaly:
    """A finding of ``scan``. ``language`` None: that of the lines."""
    return _anomaly(finding.flag, finding.line_numbers, finding.count, finding.score, language)


def anomaly_of_flag(flag: Flag, language: str | None) -> FoundAnomaly:
    """A flagged window of ``watch``."""
    numbers = [line.number for line in raw_lines(flag)]
    return _anomaly(flag, numbers, 1, flag.verdict.score, language)


def raw_lines(flag: Flag) -> list[ShownLine]:
    """Every line of the flag's events with its own number; an event of several lines gives several."""
    return [
        ShownLine(event.seq + offset, text)
        for event in flag.events
        for offset, text in enumerate(event.text.split("\n"))
    ]


def citing_lines(flag: Flag) -> Flag:
    """The flag with each event numbered by its first line."""
    return replace(flag, events=tuple(replace(event, number=event.seq) for event in flag.events))


def _anomaly(flag: Flag, line_numbers: Sequence[int], count: int, score: float, language: str | None) -> FoundAnomaly:
    analysis: Analysis = explain(citing_lines(flag), language)
    lines = raw_lines(flag)
    pointed_at = {flag.events[position].seq for reason in flag.verdict.reasons for position in reason.events}
    marked = pointed_at | set(analysis.evidence)
    return FoundAnomaly(
        title=analysis.title,
        severity=analysis.severity.value,
        score=score,
        line_numbers=tuple(line_numbers),
        lines=tuple(lines),
        evidence=tuple(line.number for line in lines if line.number in marked),
        category=analysis.category.value,
        explanation=analysis.explanation,
        probable_cause=analysis.probable_cause,
        actions=tuple(action.text for action in analysis.actions),
        reasons=tuple(reason.code for reason in flag.verdict.reasons),
        count=count,
        engine=analysis.engine,
        language=analysis.language,
    )
