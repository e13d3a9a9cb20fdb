"""``loglynx retrain`` from the outside: what it refuses, and what it shows without retraining."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import typer
from archive_builders import NOON_MS, a_row, normal_lines, write_windows
from artefact_builders import an_artefact
from typer.testing import CliRunner, Result

from loglynx.commands.retrain import retrain
from loglynx.endings import with_exit_code
from shared.artefacts.lineage import Lineage
from shared.artefacts.registry import ModelRegistry

REPORT = {
    "data": {"data_sha256": "a" * 64, "windows": {"normal": 400}, "refused": {"db": "too few \x1b[31m"}},
    "replay": {
        "sentence": "removes 4 of 5 false alarms",
        "streams": {"web": {"removed": 4, "false_alarms": 5, "lost": 0, "found": 2, "new_flags": 1}},
    },
}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelRegistry:
    monkeypatch.setenv("LOGLYNX_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setenv("LOGLYNX_DETECTOR_MODEL_DIR", str(an_artefact(tmp_path / "first")))
    return ModelRegistry(tmp_path / "registry", tmp_path / "first")


def call(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(with_exit_code(retrain))
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.parametrize("wrong", [("--since", "soon"), ("--since", "0d"), ("--stream", "a b"), ("--steps", "-1")])
def test_bad_options_end_with_2(registry: ModelRegistry, wrong: tuple[str, str]) -> None:
    assert call(*wrong).exit_code == 2


def test_without_an_archive_it_says_so(registry: ModelRegistry, tmp_path: Path) -> None:
    assert call("--archive", tmp_path / "none", "--dry-run").exit_code == 2
    assert call("--archive", tmp_path, "--dry-run").exit_code == 2


def test_a_report_is_shown_again_and_others_have_none(registry: ModelRegistry, tmp_path: Path) -> None:
    notes = {"retraining": REPORT}
    address = registry.publish(an_artefact(tmp_path / "one", "x"), Lineage(notes=notes)).address
    shown = call("--report", address[7:20])
    assert shown.exit_code == 0
    assert "removes 4 of 5 false alarms" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert json.loads(call("--report", address[7:20], "--json").stdout) == REPORT
    assert call("--report", "shipped").exit_code == 2


def test_a_dry_run_shows_the_data_and_publishes_nothing(registry: ModelRegistry, tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    write_windows(tmp_path / "archive", [a_row(n, normal_lines(n), scored_ms=now - 60_000 + n) for n in range(50)])
    shown = call("--archive", tmp_path / "archive", "--dry-run", "--settle", "0", "--json")
    data = json.loads(shown.stdout)["data"]
    assert data["windows"] == {"normal": 50}
    assert len(data["data_sha256"]) == 64
    assert registry.addresses() == ["shipped"]
    assert now > NOON_MS
