"""A model that cannot be loaded stops the start with a reason, not with a traceback."""

from __future__ import annotations

import os

import pytest

from services.analyzer.worker import CANNOT_START, main


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"LLM_BASE": "/nowhere/base", "LLM_DEVICE": "cpu"}, "neither a directory nor"),
        ({"LLM_URL": "http://127.0.0.1:1/v1", "LLM_MODEL": "m", "LLM_ADAPTER": "/nowhere"}, "lacks"),
    ],
)
def test_what_cannot_be_loaded_is_said(
    settings: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("LOGLYNX_ANALYZER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name, value in settings.items():
        monkeypatch.setenv(f"LOGLYNX_ANALYZER_{name}", value)
    assert main() == CANNOT_START
    logged = "".join(capsys.readouterr())
    assert "analyzer_cannot_start" in logged
    assert reason in logged
