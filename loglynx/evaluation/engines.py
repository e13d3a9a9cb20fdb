"""The analyzer's engines behind one call: a window in, what the engine says of it out.

``engine_named`` finds one; it raises CommandFailed for a name that nobody answers to, and for one whose parts or
settings are missing here. An engine that fails on a window gives ``NO_ANSWER``; a language model's failures are
counted, not hidden behind the rules' answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from loglynx.failures import CommandFailed
from services.analyzer.answering import answer
from services.analyzer.grounding import unsupported_claims
from services.analyzer.line_model import LineModel, LineModelInvalid, shipped_line_model
from services.analyzer.llm.protocol import LanguageModel
from services.analyzer.masking import mask_secrets
from services.analyzer.reply_parsing import ReplyInvalid
from services.analyzer.rules import explain
from services.analyzer.schemas import Analysis
from services.analyzer.settings import AnalyzerSettings
from services.analyzer.spans import entities_of
from services.analyzer.worker import model_of
from shared.core.parsing import LineParser
from shared.core.records import Flag, FlaggedEvent, Severity, Verdict, VerdictState
from shared.core.taxonomy import Category
from shared.errors import AnalysisFailed

ENGINES = ("rules", "linear", "embedded", "openai", "transformers")
_RECEIVED_MS = 1_700_000_000_000
_QUOTE = re.compile("“([^”]*)”")


@dataclass(frozen=True, slots=True)
class Said:
    """An engine's reading. ``language`` is None for an engine that does not speak."""

    category: str
    confidence: float
    evidence: frozenset[int] = frozenset()
    entities: frozenset[str] = frozenset()
    is_grounded: bool | None = None
    language: str | None = None
    has_failed: bool = False


NO_ANSWER = Said(Category.UNKNOWN.value, 0.0, has_failed=True)
Engine = Callable[[Sequence[str]], Said]


def engine_named(name: str, environment: Mapping[str, str] | None = None) -> Engine:
    """Raises CommandFailed."""
    if name == "rules":
        return lambda lines: _said(explain(flag_of(lines)), lines)
    if name == "linear":
        return _linear()
    if name in ENGINES:
        return _language_model(name)
    raise CommandFailed(f"no engine is called {name!r}", f"one of {', '.join(ENGINES)}")


def flag_of(lines: Sequence[str]) -> Flag:
    """A flag over the lines as they are, one event each, numbered from 1; nothing known of what is usual."""
    parser = LineParser()
    events = []
    for number, line in enumerate(lines, start=1):
        event = parser.parse(line, _RECEIVED_MS)
        level = event.level.name.lower() if event.level is not None else ""
        events.append(FlaggedEvent(number, number - 1, line, event.message, level, event.source, event.timestamp_ms))
    seqs = tuple(range(len(lines)))
    verdict = Verdict(
        "0" * 20, "evaluated", seqs, VerdictState.FLAGGED, 0.9, 9.0, 5.0, "", 0, {}, (), (), Severity.LOW
    )
    return Flag(verdict, tuple(events), _RECEIVED_MS)


def _linear() -> Engine:
    try:
        model = LineModel.load(shipped_line_model())
    except LineModelInvalid as error:
        raise CommandFailed(
            f"the line model cannot be used: {error}", "python -m services.trainer.fit_line_model"
        ) from None

    def ask(lines: Sequence[str]) -> Said:
        reading = model.read(lines)
        cited = {number: mask_secrets(lines[number - 1]) for number in reading.evidence}
        spans = frozenset(entity.span for entity in entities_of(cited.items()))
        return Said(reading.category.value, reading.confidence, frozenset(reading.evidence), spans, True)

    return ask


def _language_model(name: str) -> Engine:
    try:
        settings = AnalyzerSettings.from_environment()
        model: LanguageModel | None = model_of(settings) if settings.engine == name else None
    except Exception as error:
        raise CommandFailed(
            f"the engine {name} cannot start: {type(error).__name__}", "see docs/settings.md"
        ) from None
    if model is None:
        raise CommandFailed(
            f"the settings name another engine than {name}",
            f"LOGLYNX_ANALYZER_LLM_ENGINE={name}; see docs/settings.md",
        )
    chosen = model

    def ask(lines: Sequence[str]) -> Said:
        flag = flag_of(lines)
        try:
            return _said(answer(chosen, flag, explain(flag), settings.llm_deadline_s), lines)
        except (AnalysisFailed, ReplyInvalid):
            return NO_ANSWER

    return ask


def _said(analysis: Analysis, lines: Sequence[str]) -> Said:
    return Said(
        analysis.category.value,
        analysis.confidence,
        frozenset(analysis.evidence),
        frozenset(entity.span for entity in analysis.entities),
        is_grounded(analysis, lines),
        analysis.language,
    )


def is_grounded(analysis: Analysis, lines: Sequence[str]) -> bool:
    """Every cited line exists, every name stands in its line, and the texts claim nothing that no cited line says."""
    if any(number > len(lines) for number in analysis.evidence):
        return False
    cited = {number: mask_secrets(lines[number - 1]) for number in analysis.evidence}
    named = all(entity.line in cited and entity.span in cited[entity.line] for entity in analysis.entities)
    text = _without_quotes(f"{analysis.title}\n{analysis.explanation}", " \n ".join(cited.values()))
    claims = unsupported_claims(text, cited.values(), list(analysis.evidence), len(lines))
    return named and (not claims or not analysis.evidence)


def _without_quotes(text: str, source: str) -> str:
    """The text less what it quotes word for word: a quotation claims nothing but that it stands there."""
    flat = " ".join(source.split())

    def drop(match: re.Match[str]) -> str:
        parts = (" ".join(part.split()) for part in match[1].split("…"))
        return "" if all(part in flat for part in parts) else match[0]

    return _QUOTE.sub(drop, text)
