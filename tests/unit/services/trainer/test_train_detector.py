"""Every model type ends as an artefact that serves without torch what torch computed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_grammar import normal_windows, with_failure
from trained_detectors import a_detector, events_of

from services.detector.sequence_detector import SequenceDetector
from services.trainer.train_detector import (
    DetectorPlan,
    TooFewWindows,
    default_effort,
    train_detector,
    whole_directory,
)
from shared.artefacts.sequence_detector import DetectorManifest
from shared.core.sequences.seen import MODEL_TYPES, ModelType
from shared.errors import ArtefactInvalid

STEPS = {"tinylogbert": 60, "logbert": 40}  # the slowest, which need no more: at 40 every strange window is stranger


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_a_strange_line_passes_the_threshold_and_normal_windows_do_not(model_type: ModelType, tmp_path: Path) -> None:
    made = a_detector(tmp_path / "model", model_type, steps=STEPS.get(model_type, 120))
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


def test_a_run_that_ends_while_it_takes_the_old_models_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "model"
    output.mkdir()
    (output / "graph.onnx").write_text("old")
    rename = Path.rename

    def killed(self: Path, target: Path) -> Path:
        if (self / "graph.onnx").read_text() == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", killed)
    with pytest.raises(KeyboardInterrupt), whole_directory(output) as fresh:
        (fresh / "graph.onnx").write_text("new")
    assert (output / "graph.onnx").read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]


def test_a_whole_directory_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with whole_directory(tmp_path / "model") as fresh:
            (fresh / text).write_text(text)
    assert [file.name for file in tmp_path.rglob("*")] == ["model", "new"]


def test_a_link_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "model")

    def trains(text: str) -> None:
        raise AssertionError(text)

    effort = replace(default_effort("deeplog"), steps=1, say=trains)
    with pytest.raises(ValueError, match="link is a link"):
        train_detector(DetectorPlan("deeplog", tmp_path / "link", "sessions"), normal_windows(30), effort)


@pytest.mark.parametrize("name", ["graph.onnx", "reader.json", "calibration.json", "more.bin"])
def test_a_changed_or_unnamed_file_is_not_run(
    name: str, autoencoder: tuple[Path, DetectorManifest], tmp_path: Path
) -> None:
    shutil.copytree(autoencoder[0], tmp_path / "model")
    with (tmp_path / "model" / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ArtefactInvalid):
        SequenceDetector.load(tmp_path / "model")


def test_windows_that_share_lines_with_the_fitted_ones_set_no_threshold(tmp_path: Path) -> None:
    effort = replace(default_effort("autoencoder"), steps=2)
    plan = DetectorPlan("autoencoder", tmp_path / "model", "sliding:10:1", gap=9)
    made = train_detector(plan, normal_windows(100), effort)
    assert made is not None and made.metrics["calibration_windows"] == 11
    with pytest.raises(TooFewWindows, match="share their lines"):
        train_detector(replace(plan, gap=20), normal_windows(100), effort)
