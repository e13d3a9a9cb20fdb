"""Nothing that a reply invents reaches an analysis; ``benchmarks/analyzer/grounding.py`` runs it at full size."""

from __future__ import annotations

import pytest
from grounding import measure

import services.analyzer.reply_parsing as parsing


def test_no_invented_name_or_number_is_accepted_and_copies_are() -> None:
    result = measure(400, seed=20)
    assert result["claims_invented"] > 1_000
    assert result["claims_accepted"] == 0, result["accepted"]
    assert result["honest_titles_kept"] >= result["honest_replies"] * 0.75


def test_the_measure_sees_a_verifier_that_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "unsupported_claims", lambda *_: [])
    assert measure(20, seed=20)["claims_accepted"] > 20
