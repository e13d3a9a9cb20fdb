"""A window reader made from nothing in seconds: it learns something, says so, and an engine loads it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services.analyzer.embedded.loading import load_readers
from services.analyzer.line_model import shipped_line_model
from services.trainer.train_window_reader import DIRECTORY, main
from shared.artefacts.window_reader import WindowReaderManifest


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models")
    for name in ("line_model.npz", "manifest.json"):
        shutil.copy(shipped_line_model() / name, directory / name)
    main(["--models", str(directory), "--windows", "400", "--judged", "60", "--epochs", "4"])
    return directory


def test_its_manifest_says_what_it_reaches(models: Path) -> None:
    manifest = WindowReaderManifest.model_validate_json((models / DIRECTORY / "manifest.json").read_bytes())
    assert manifest.metrics["nats_from_torch"] < 1e-3
    for split in ("validation", "test"):
        assert manifest.metrics[split]["line"] > 0.3  # a line of ten by chance
        assert manifest.metrics[split]["windows"] == 60


def test_the_engine_reads_with_it(models: Path) -> None:
    readers = load_readers(models)
    assert readers.window is not None
    assert readers.linear is not None
    lines = ["INFO job started", "ERROR store - write failed: No space left on device", "INFO job done"]
    reading = readers.window.read(lines, readers.linear.read(lines).log_odds)
    assert int(reading.evidence.argmax()) == 1
