"""A flag of this process, read as the analyzer's service reads it, as an anomaly to show.

The rules read it first; the shipped models answer after them, by the service's own path (``answering.answer``). They
are loaded at the first flag. Where they are missing, or give no usable answer, the rules' reading stays.

``event.seq`` is the number of the event's first line; analyses are made to cite those numbers, so that their "line
1042" is line 1042 of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loglynx.failures import CommandFailed
from loglynx.findings import FoundAnomaly, ShownLine
from loglynx.options import ExplainBy
from services.analyzer.answering import answer
from services.analyzer.embedded.loading import load_engine
from services.analyzer.line_model import shipped_line_model
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.prompting import DEFAULT_DEADLINE_S
from services.analyzer.reply_parsing import ReplyInvalid
from services.analyzer.rules import explain
from services.analyzer.schemas import Analysis
from services.detector.scan_file import Finding
from shared.core.behaviours import behaviour_of
from shared.core.records import Flag
from shared.errors import AnalysisFailed, ArtefactInvalid

MOST_ASKED = 100  # at some 50 ms each: a list of hundreds of findings must not take a minute longer


class Explainer:
    """Explains flags, one after the other.

    by        None: the embedded engine where its models are, else the rules
    language  of the explanations; None: that of the lines
    most      flags that the engine is asked about; those after them are read by the rules alone. None: all
    Raises CommandFailed at the first flag if the engine was asked for by name and its models are not here.
    """

    def __init__(self, by: ExplainBy | None, language: str | None, most: int | None = MOST_ASKED) -> None:
        self._by, self._language, self._left = by, language, most
        self._model: LanguageModel | None = None
        self._is_loaded = by is ExplainBy.RULES

    def anomaly_of_finding(self, finding: Finding) -> FoundAnomaly:
        """A finding of ``scan``: read from the lines that stand out; those around them are shown, no more."""
        analysis = self._analysis(citing_lines(standing_out(finding.flag)))
        return _as_anomaly(analysis, finding.flag, finding.line_numbers, finding.count, finding.score)

    def anomaly_of_flag(self, flag: Flag) -> FoundAnomaly:
        """A flagged window of ``watch``."""
        analysis = self._analysis(citing_lines(flag))
        return _as_anomaly(analysis, flag, line_numbers(flag), 1, flag.verdict.score)

    def category_by_rules(self, flag: Flag) -> str:
        """What tells one trouble from another, as in the service: the same whichever engine explains it."""
        return explain(flag, self._language).category.value

    def _analysis(self, flag: Flag) -> Analysis:
        rules = explain(flag, self._language)
        model = self._next_model()
        if model is None:
            return rules
        try:
            return answer(model, flag, rules, DEFAULT_DEADLINE_S)
        except (AnalysisFailed, ReplyInvalid):
            return rules.model_copy(update={"degraded": True})

    def _next_model(self) -> LanguageModel | None:
        """Whom to ask about the next flag."""
        if not self._is_loaded:
            self._model, self._is_loaded = _load(self._by), True
        if self._model is None or self._left is None:
            return self._model
        self._left -= 1
        return self._model if self._left >= 0 else None


def raw_lines(flag: Flag) -> list[ShownLine]:
    """Every line of the flag's events with its own number; an event of several lines gives several."""
    return [
        ShownLine(event.seq + offset, text)
        for event in flag.events
        for offset, text in enumerate(event.text.split("\n"))
    ]


def line_numbers(flag: Flag) -> list[int]:
    """The numbers of all lines of the flag's events."""
    return [line.number for line in raw_lines(flag)]


def citing_lines(flag: Flag) -> Flag:
    """The flag with each event numbered by its first line."""
    return replace(flag, events=tuple(replace(event, number=event.seq) for event in flag.events))


def standing_out(flag: Flag) -> Flag:
    """The flag with those of its events alone that surprise; whole if none does."""
    kept = [position for position, event in enumerate(flag.events) if event.surprise > 0]
    if not kept:
        return flag
    places = {position: place for place, position in enumerate(kept)}
    verdict = replace(
        flag.verdict,
        seqs=tuple(flag.verdict.seqs[position] for position in kept),
        event_surprise=tuple(flag.verdict.event_surprise[position] for position in kept),
        reasons=tuple(
            replace(reason, events=tuple(places[position] for position in reason.events if position in places))
            for reason in flag.verdict.reasons
        ),
    )
    return replace(flag, verdict=verdict, events=tuple(flag.events[position] for position in kept))


def _load(by: ExplainBy | None) -> LanguageModel | None:
    try:
        return load_engine(shipped_line_model())
    except ArtefactInvalid as error:
        if by is ExplainBy.EMBEDDED:
            raise CommandFailed(f"the embedded engine cannot start: {error}", "use --explain rules") from None
        return None


def _as_anomaly(analysis: Analysis, flag: Flag, numbers: Sequence[int], count: int, score: float) -> FoundAnomaly:
    lines = raw_lines(flag)
    pointed_at = {flag.events[position].seq for reason in flag.verdict.reasons for position in reason.events}
    marked = pointed_at | set(analysis.evidence)
    return FoundAnomaly(
        title=analysis.title,
        severity=analysis.severity.value,
        score=score,
        line_numbers=tuple(numbers),
        lines=tuple(lines),
        evidence=tuple(line.number for line in lines if line.number in marked),
        category=analysis.category.value,
        behaviour=behaviour_of(analysis.category.value, (line.text for line in lines)) or "",
        explanation=analysis.explanation,
        probable_cause=analysis.probable_cause,
        actions=tuple(action.text for action in analysis.actions),
        reasons=tuple(reason.code for reason in flag.verdict.reasons),
        count=count,
        engine=analysis.engine,
        language=analysis.language,
    )
