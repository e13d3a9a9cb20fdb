"""A spoilt reply is a valid analysis or ReplyInvalid; ``benchmarks/analyzer/schema_fuzz.py`` runs it at full size."""

from __future__ import annotations

import pytest
from schema_fuzz import measure

import services.analyzer.reply_parsing as parsing
from shared.core.records import Severity


def test_nothing_but_an_analysis_or_a_refusal_comes_out() -> None:
    result = measure(2_500, seed=7)
    assert result["bad"] == 0, result["examples"]
    assert result["analyses"] > 250
    assert result["refused"] > 250


def test_the_measure_sees_a_severity_that_is_argued_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_severity", lambda *_: Severity.LOW)
    assert measure(100, seed=7)["bad"] > 0
