"""Settings that cannot be meant stop the start; none of them shows a secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.analyzer.settings import AnalyzerSettings
from services.analyzer.worker import model_of
from shared.errors import ArtefactInvalid
from shared.settings import UnknownSetting


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LOGLYNX_ANALYZER_")]:
        monkeypatch.delenv(name)


def test_defaults_ask_nobody_outside_and_tell_nobody() -> None:
    settings = AnalyzerSettings.from_environment()
    model = model_of(settings)
    assert model is not None
    assert model.name == "embedded"
    assert settings.webhook_url == ""


def test_rules_go_on_alone_where_the_models_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.analyzer.worker.shipped_line_model", lambda: tmp_path)
    assert model_of(AnalyzerSettings.from_environment()) is None
    with pytest.raises(ArtefactInvalid):
        model_of(AnalyzerSettings.from_environment(llm_engine="embedded"))
    with pytest.raises(ArtefactInvalid):
        model_of(AnalyzerSettings.from_environment(model_dir=str(tmp_path)))


@pytest.mark.parametrize(
    "settings",
    [
        {"llm_url": "http://127.0.0.1:1/v1"},
        {"llm_engine": "openai"},
        {"llm_engine": "transformers"},
        {"llm_engine": "magic"},
        {"llm_adapter": "/adapters/promoted"},
        {"llm_url": "http://127.0.0.1:1/v1", "llm_model": "m", "llm_base": "/base"},
        {"webhook_url": "http://127.0.0.1:1/hook"},
        {"webhook_url": "http://127.0.0.1:1/hook", "webhook_secret": "too-short"},
        {"language": "fr"},
        {"lease_ms": "1000"},
        {"lease_ms": "50000", "llm_deadline_s": "30"},
        {"log_level": "LOUD"},
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"LOGLYNX_ANALYZER_{name.upper()}", value)
    with pytest.raises(ValidationError):
        AnalyzerSettings.from_environment()


def test_a_typo_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLMURL", "x")
    with pytest.raises(UnknownSetting):
        AnalyzerSettings.from_environment()


def test_secrets_are_not_shown() -> None:
    settings = AnalyzerSettings(llm_api_key="key-1234567890", webhook_secret="a-secret-of-enough-length")  # type: ignore[arg-type]
    assert "key-1234567890" not in repr(settings)
    assert "a-secret-of-enough-length" not in repr(settings)


@pytest.mark.parametrize(
    ("settings", "engine"),
    [
        ({}, "embedded"),
        ({"llm_engine": "rules"}, "rules"),
        ({"llm_url": "http://127.0.0.1:1/v1", "llm_model": "m"}, "openai"),
        ({"llm_base": "/base"}, "transformers"),
        ({"llm_base": "/base", "llm_url": "http://h/v1", "llm_model": "m", "llm_engine": "openai"}, "openai"),
        ({"llm_base": "/base", "llm_engine": "rules"}, "rules"),
    ],
)
def test_what_is_configured_explains(settings: dict[str, str], engine: str) -> None:
    assert AnalyzerSettings.from_environment(**settings).engine == engine


def test_an_adapter_that_compose_leaves_empty_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLYNX_ANALYZER_LLM_ADAPTER", "")
    assert AnalyzerSettings.from_environment().llm_adapter is None
