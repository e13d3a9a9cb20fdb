"""The sequence model is trained on one site's logs, and the detector can load what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_grammar import normal_windows, with_failure
from trained_detectors import events_of

from loglynx.trained_model import load_trained
from services.trainer.course import Course
from services.trainer.train_detector import TooFewWindows
from services.trainer.train_moe import MoePlan, train_moe
from shared.artefacts.manifest import load_artefact


def a_plan(output: Path) -> MoePlan:
    return MoePlan(output, None, 2, 2, "sessions", 0.02, say=lambda text: None)


@pytest.mark.slow
def test_a_model_from_nothing_is_served(tmp_path: Path) -> None:
    made = train_moe(a_plan(tmp_path / "model"), events_of(normal_windows(120)), Course())
    assert made is not None and made.training["started_from"] == "nothing"
    assert load_artefact(tmp_path / "model").version == made.version
    model = load_trained(tmp_path / "model")
    asked = events_of([*normal_windows(3, seed=4), with_failure(normal_windows(1)[0])])
    scores = model.score([*asked, ()])
    assert scores.strangeness[-1] == 0.0
    assert scores.lines is not None and [len(line) for line in scores.lines[:4]] == [len(each) for each in asked]
    assert model.embed(asked).shape == (4, 256)


def test_too_few_windows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooFewWindows):
        train_moe(a_plan(tmp_path / "model"), events_of(normal_windows(50)), Course())
