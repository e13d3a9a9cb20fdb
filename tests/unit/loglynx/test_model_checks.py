"""What doctor says of the language model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loglynx.model_checks import check_language_model
from services.analyzer.llm.probing import Probed


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LOGLYNX_ANALYZER_")]:
        monkeypatch.delenv(name)


def test_none_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLM_ENGINE", "rules")
    finding = check_language_model()
    assert (finding.is_well, finding.fix) == (True, "")
    assert "rules explain" in finding.what


def test_without_settings_the_embedded_engine_answers_and_nothing_is_sent() -> None:
    finding = check_language_model()
    assert (finding.is_well, finding.fix) == (True, "")
    assert "embedded answers and holds replies to the schema" in finding.what


@pytest.mark.parametrize(
    "found, is_well, says",
    [
        (Probed("qwen3", True), True, "qwen3 answers and holds replies to the schema"),
        (Probed("", False), True, "m answers and does not enforce schemas"),
        (Probed(why="ConnectError"), False, "no answer: ConnectError"),
    ],
)
def test_a_configured_one_is_asked(found: Probed, is_well: bool, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLM_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLM_MODEL", "m")
    monkeypatch.setattr("services.analyzer.llm.probing.probe", lambda model: found)
    finding = check_language_model()
    assert (finding.is_well, bool(finding.fix)) == (is_well, not is_well)
    assert says in finding.what


def test_an_adapter_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLM_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLM_MODEL", "m")
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLM_ADAPTER", str(tmp_path))
    assert "adapter_config.json" in check_language_model().what
