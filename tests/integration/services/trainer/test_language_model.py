"""The language model from rows to an artefact that the analyzer reads: a tiny one, trained for a few steps."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from tiny_readers import tiny_vocabulary

from services.analyzer.embedded.language_reader import LanguageReader
from services.trainer.compute import Compute
from services.trainer.datasets.incidents.generate import generate_rows
from services.trainer.language_model.examples import Batch, batches, example_of
from services.trainer.language_model.export import run_graph
from services.trainer.language_model.fit import FitOptions, fit, losses
from services.trainer.language_model.network import SIZES, build_network
from services.trainer.pace import Pace
from services.trainer.train_language_model import LanguagePlan, train
from shared.artefacts.language_model import GRAPH, VOCABULARY, load_language_model
from shared.core.compact_window import FIRST_CLASS, FIRST_LINE, LINE_CLASSES, compact_line, compact_window

# The builder and its libraries take a while to import.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    train(LanguagePlan(path, size="tiny", steps=6, tokens=512, judged=8, vocabulary_rows=200))
    return path


def test_manifest_proves_the_files_and_says_how_close_the_graph_is(output: Path) -> None:
    manifest, contents = load_language_model(output)
    assert manifest.training["steps"] == 6
    assert manifest.metrics["parity_with_torch"]["mean_difference"] < 0.02
    assert manifest.metrics["test"]["windows"] == 8
    assert sum(map(len, contents.values())) < 20 * 1024 * 1024


def test_reply_over_the_cache_is_the_reply_of_the_whole_sequence(output: Path) -> None:
    _, contents = load_language_model(output)
    reader = LanguageReader(contents[GRAPH], contents[VOCABULARY])
    lines = ["2026-01-01 00:00:00 ERROR no space left on device", "INFO job done", "磁盘空间不足"]
    reading = reader.read(lines, "en")
    window = compact_window([compact_line(text) for text in lines], "en", reader.encode)
    session = onnxruntime.InferenceSession(contents[GRAPH])
    for line in range(3):
        logits = run_graph(session, [*window.ids, FIRST_LINE + line])[-1]
        some = logits[FIRST_CLASS : FIRST_CLASS + len(LINE_CLASSES)]
        wanted = np.exp(some - some.max()) / np.exp(some - some.max()).sum()
        np.testing.assert_allclose(np.exp(reading.category[line]), wanted, atol=2e-3)


def fitted(batches: list[Batch], checkpoint: Path | None) -> Any:
    """Six steps, or as many as there are batches; a checkpoint after every third."""
    model = build_network(SIZES["tiny"], 512, seed=0)
    pace = Pace("fit", 0.0, steps=6, say=lambda text: None)
    fit(
        model,
        iter(batches),
        pace,
        Compute.choose("cpu", "float32"),
        FitOptions(checkpoint=checkpoint, checkpoint_every=3),
    )
    return model


def test_run_that_was_broken_off_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    rows = (row for row in generate_rows(200, 0) if row["target"]["evidence"])
    made = list(batches(map(example_of, rows), tiny_vocabulary(), Random(0), tokens=2048))[:6]
    whole = fitted(made, None)
    fitted(made[:3], tmp_path / "new" / "checkpoint")
    resumed = fitted(made, tmp_path / "new" / "checkpoint")
    for one, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0.0, atol=0.0)


def test_training_lowers_the_losses_that_it_names() -> None:
    rows = (row for row in generate_rows(60, 0) if row["target"]["evidence"])
    batch = next(batches(map(example_of, rows), tiny_vocabulary(), Random(0), tokens=2048))
    compute = Compute.choose("cpu", "float32")
    before = losses(build_network(SIZES["tiny"], 512, seed=0), batch, compute)
    after = losses(fitted([batch] * 6, None), batch, compute)
    assert set(before) == {"lines", "evidence", "category"}
    assert all(after[name].item() < before[name].item() for name in before)
