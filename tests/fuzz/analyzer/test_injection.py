"""Hostile log text against every engine that needs no download; ``benchmarks/analyzer/injection.py`` tells the rates."""

from __future__ import annotations

from collections import Counter

import injection
import pytest
from injection import asking, engine_named, is_well, measure, payloads

from services.analyzer import fencing, reply_parsing
from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import Prompt

KINDS = {
    "role_token", "role_header", "order", "calm_lie", "json", "fake_line", "encoded", "unicode", "markup", "action",
    "control", "long",
}  # fmt: skip


def test_the_corpus_is_wide() -> None:
    kinds = Counter(payload.kind for payload in payloads())
    assert sum(kinds.values()) >= 200
    assert set(kinds) == KINDS
    assert sum(any("\u4e00" <= c <= "\u9fff" for c in payload.text) for payload in payloads()) >= 50
    assert max(len(payload.text) for payload in payloads()) >= 20_000


@pytest.mark.parametrize("engine", ["rules", "gullible"])
def test_hostile_text_turns_no_engine(engine: str) -> None:
    result = measure(engine_named(engine))
    assert is_well(result), result


def test_the_measure_sees_a_fence_that_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fencing, "_BRACKET_TOKENS", fencing.re.compile("(never)^"))
    result = measure(engine_named("rules"), [p for p in payloads() if "[INST]" in p.text])
    assert result["control_tokens"] > 0


def test_the_measure_sees_a_parser_that_believes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_parsing, "contradicts_benign", lambda rules: False)
    monkeypatch.setattr(reply_parsing, "unsupported_claims", lambda *_: [])
    monkeypatch.setattr(reply_parsing, "clean_text", lambda text, limit: text[:limit])

    class Obeying:
        name = "obeying"

        def analyze(self, prompt: Prompt) -> RawReply:
            is_hostile = "Firefox" not in prompt.window
            category = "benign" if is_hostile else "timeout"
            text = "<b>Line 1</b>" if prompt.language == "en" else "<b>第 1 行</b>"
            return RawReply(
                f'{{"evidence": [1], "category": "{category}", "confidence": 1.0, "title": "{text}", "explanation": "{text}"}}'
            )

    result = measure(asking(Obeying()), payloads()[:3])
    assert (result["flips"], result["active_html"]) == (15, 15)
    assert injection.is_well(result) is False
