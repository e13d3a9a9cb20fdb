"""Every model type ends as an artefact that serves without torch what torch computed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from toy_grammar import normal_windows, with_failure
from trained_detectors import a_detector, events_of

from services.detector.sequence_detector import SequenceDetector
from services.trainer.train_detector import DetectorPlan, TooFewWindows, default_effort, train_detector
from shared.artefacts.sequence_detector import DetectorManifest
from shared.core.sequences.seen import MODEL_TYPES, ModelType
from shared.errors import ArtefactInvalid


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_a_strange_line_passes_the_threshold_and_normal_windows_do_not(model_type: ModelType, tmp_path: Path) -> None:
    made = a_detector(tmp_path / "model", model_type, steps=60 if model_type == "tinylogbert" else 120)
    assert made.metrics["largest_difference_from_torch"] < 1e-3
    detector = SequenceDetector.load(tmp_path / "model")
    normal = normal_windows(30, seed=4)
    usual, strange = (
        np.array([each.strangeness for each in detector.read(events_of(windows))])
        for windows in (normal, [with_failure(window) for window in normal])
    )
    assert (usual > detector.threshold()).mean() <= 0.2
    assert (strange[:, None] > usual[None, :]).mean() > 0.9
    assert len(detector.read(events_of(normal[:1]))[0].embedding) > 1


@pytest.fixture(scope="module")
def autoencoder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DetectorManifest]:
    path = tmp_path_factory.mktemp("models") / "model"
    return path, a_detector(path, "autoencoder", 20, seed=5)


def test_the_same_seed_gives_the_same_model_byte_for_byte(
    autoencoder: tuple[Path, DetectorManifest], tmp_path: Path
) -> None:
    again = a_detector(tmp_path / "again", "autoencoder", 20, seed=5)
    assert again.version == autoencoder[1].version
    assert json.dumps(again.metrics) == json.dumps(autoencoder[1].metrics)


def test_a_tighter_budget_has_a_higher_threshold(autoencoder: tuple[Path, DetectorManifest]) -> None:
    detector = SequenceDetector.load(autoencoder[0])
    assert detector.threshold(0.001) > detector.threshold(0.2)


def test_too_few_windows_are_refused_and_nothing_is_left_behind(tmp_path: Path) -> None:
    plan = DetectorPlan("deeplog", tmp_path / "model", "sessions")
    with pytest.raises(TooFewWindows):
        train_detector(plan, normal_windows(10), default_effort("deeplog"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["graph.onnx", "reader.json", "calibration.json", "more.bin"])
def test_a_changed_or_unnamed_file_is_not_run(
    name: str, autoencoder: tuple[Path, DetectorManifest], tmp_path: Path
) -> None:
    shutil.copytree(autoencoder[0], tmp_path / "model")
    with (tmp_path / "model" / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ArtefactInvalid):
        SequenceDetector.load(tmp_path / "model")
