"""Two processes that torchrun started train one model together, by gloo, and one of them writes it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from trained_detectors import write_sequences

REPOSITORY = Path(__file__).parents[4]


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    data = write_sequences(tmp_path / "data.jsonl", 80)
    options = ["--model-type", "autoencoder", "--epochs", "4", "--batch-size", "4", "-o", str(tmp_path / "model")]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "loglynx",
         "train", "--data", str(data), *options],
        capture_output=True, text=True, timeout=280, check=False, cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    training = json.loads((tmp_path / "model" / "detector.json").read_text())["training"]
    assert training["processes"] == 2
    assert done.stderr.count("normal windows to train on") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "data.jsonl", "model", "model.checkpoints", "model.report.json",
    ]  # fmt: skip
