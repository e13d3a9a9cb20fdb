"""What holds of every answer of the embedded engine, whatever its readers say."""

from __future__ import annotations

from services.analyzer.answering import answer
from services.analyzer.embedded.engine import EmbeddedEngine
from services.analyzer.prompting import build_prompt
from services.analyzer.reply_parsing import CLEAR_RULES
from services.analyzer.rules import explain
from services.analyzer.schemas import Analysis
from shared.core.records import Flag


def answered(engine: EmbeddedEngine, flag: Flag) -> Analysis:
    return answer(engine, flag, explain(flag), 30.0)


def assert_sound(analysis: Analysis, flag: Flag, engine: EmbeddedEngine) -> None:
    """Every line exists, every name stands in its line, and no text was rejected by the verifier."""
    rules = explain(flag)
    prompt = build_prompt(flag, rules)
    assert analysis.engine == "embedded"
    assert analysis.evidence
    assert set(analysis.evidence) <= set(prompt.lines)
    offered = {(entity.line, entity.span) for spans in prompt.spans.values() for entity in spans}
    assert all((entity.line, entity.span) in offered for entity in analysis.entities)
    assert all(entity.line in analysis.evidence for entity in analysis.entities)
    reply = engine.analyze(prompt)
    is_against_rules = analysis.category is not rules.category and rules.confidence >= CLEAR_RULES
    assert analysis.verified == (not reply.is_disputed and not is_against_rules)
