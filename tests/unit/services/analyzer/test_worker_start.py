"""A model that cannot be loaded stops the start with a reason, not with a traceback."""

from __future__ import annotations

import os

import pytest
from structlog.testing import capture_logs

from services.analyzer import worker


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"LLM_BASE": "/nowhere/base", "LLM_DEVICE": "cpu"}, "neither a directory nor"),
        ({"LLM_URL": "http://127.0.0.1:1/v1", "LLM_MODEL": "m", "LLM_ADAPTER": "/nowhere"}, "lacks"),
    ],
)
def test_what_cannot_be_loaded_is_said(
    settings: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("LOGLYNX_ANALYZER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name, value in settings.items():
        monkeypatch.setenv(f"LOGLYNX_ANALYZER_{name}", value)
    monkeypatch.setattr(worker, "setup_logging", lambda *_: None)
    with capture_logs() as logged:
        assert worker.main() == worker.CANNOT_START
    assert [entry["event"] for entry in logged] == ["analyzer_cannot_start"]
    assert reason in logged[0]["reason"]
