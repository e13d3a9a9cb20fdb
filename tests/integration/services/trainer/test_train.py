"""One command makes an artefact that the detector takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.detector.onnx_model import OnnxModel
from services.trainer.datasets.corpus import CorpusSize
from services.trainer.datasets.harvest import Harvest
from services.trainer.plan import Plan
from services.trainer.train import train
from shared.artefacts.manifest import MODEL_CARD, load_artefact


@pytest.mark.slow
def test_a_run_of_two_steps_ends_in_a_proved_artefact(tmp_path: Path) -> None:
    size = CorpusSize(shapes=400, systems=11, synthetic=8, events=200, simulated_lines=200, synthetic_lines=120)
    plan = Plan(tmp_path / "m", encoder_steps=2, sequence_steps=2, size=size, threads=1)
    manifest = train(plan, Harvest((), ()))
    artefact = load_artefact(plan.output)
    assert artefact.version == manifest.version
    assert (manifest.training["encoder_steps"], manifest.training["sequence_steps"]) == (2, 2)
    assert set(plan.held_out) < set(manifest.metrics["held_out_simulators"])
    assert "held out" in artefact.read(MODEL_CARD).decode().lower()
    assert sum(proof.bytes for proof in manifest.files.values()) <= 20_000_000
    assert OnnxModel(artefact).encode(["started", "服务已启动"]).shape == (2, 256)
