"""From a directory to an engine: nothing is run that is not proven, nothing is weighed by another model's weights."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_readers import EVEN, encoder_graph, table_graph, tiny_network, tiny_vocabulary

from services.analyzer.embedded.loading import (
    LANGUAGE_MODEL,
    MIX,
    WINDOW_READER,
    load_engine,
    load_readers,
    mix_document,
)
from shared.artefacts.language_model import GRAPH, VOCABULARY, write_language_model
from shared.artefacts.proven_files import MANIFEST
from shared.artefacts.window_reader import ENCODER, NETWORK, TOKENIZER, pack_network, write_window_reader
from shared.core.line_features import BUCKETS, VERSION
from shared.core.taxonomy import Category
from shared.errors import ArtefactInvalid

CATEGORIES = ["disk_full", "timeout"]


def write_line_model(directory: Path) -> None:
    meta = {"format": 1, "features": VERSION, "categories": CATEGORIES}
    meta |= {"odds": 0.2, "share": 0.2, "unknown_below": 0.1, "evidence_within": 0.5}
    width = 1 + len(CATEGORIES)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        meta=np.frombuffer(json.dumps(meta).encode(), np.uint8),
        weights=np.zeros((BUCKETS, width), np.int8),
        scale=np.ones(width, np.float32),
        bias=np.zeros(width, np.float32),
        category_bias=np.zeros(len(CATEGORIES), np.float32),
    )
    (directory / "line_model.npz").write_bytes(buffer.getvalue())
    proof = {"sha256": hashlib.sha256(buffer.getvalue()).hexdigest()}
    (directory / "manifest.json").write_text(json.dumps({"files": {"line_model.npz": proof}}))


def write_tiny_language_model(directory: Path, seed: int = 0) -> None:
    directory.mkdir(exist_ok=True)
    tokenizer = tiny_vocabulary()
    (directory / GRAPH).write_bytes(table_graph(tokenizer.get_vocab_size(), seed))
    (directory / VOCABULARY).write_text(tokenizer.to_str())
    write_language_model(directory, created="2026-01-01", licence="MIT", training={}, metrics={})


def write_tiny_window_reader(models: Path, line_model: str | None = None) -> None:
    directory = models / WINDOW_READER
    directory.mkdir(exist_ok=True)
    tokenizer = tiny_vocabulary()
    (directory / NETWORK).write_bytes(pack_network(tiny_network(len(CATEGORIES))))
    (directory / ENCODER).write_bytes(encoder_graph(tokenizer.get_vocab_size()))
    (directory / TOKENIZER).write_text(tokenizer.to_str())
    write_window_reader(
        directory,
        categories=[Category(name) for name in CATEGORIES],
        line_model=line_model or hashlib.sha256((models / "line_model.npz").read_bytes()).hexdigest(),
        max_tokens=16,
        created="2026-01-01",
        licence="MIT",
        training={},
        metrics={},
    )


def write_mix(directory: Path) -> None:
    readers = load_readers(directory)
    fitted = {readers.identity: EVEN, replace(readers, language=None).identity: replace(EVEN, reach=1.0)}
    (directory / MIX).write_text(json.dumps(mix_document(fitted, {})))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_line_model(tmp_path)
    write_tiny_language_model(tmp_path / LANGUAGE_MODEL)
    write_tiny_window_reader(tmp_path)
    write_mix(tmp_path)
    return tmp_path


def test_engine_has_every_reader_that_is_there(models: Path) -> None:
    readers = load_engine(models)._readers
    assert readers.language is not None
    assert readers.linear is not None
    assert readers.window is not None
    assert readers.mix == EVEN


def test_without_a_language_model_the_others_are_weighed_anew(models: Path) -> None:
    for path in (models / LANGUAGE_MODEL).iterdir():
        path.unlink()
    (models / LANGUAGE_MODEL).rmdir()
    readers = load_engine(models)._readers
    assert readers.language is None
    assert readers.mix.reach == 1.0


def test_weights_fitted_for_another_model_are_refused(models: Path) -> None:
    write_tiny_language_model(models / LANGUAGE_MODEL, seed=1)
    with pytest.raises(ArtefactInvalid, match="other models"):
        load_engine(models)


@pytest.mark.parametrize("name", [GRAPH, VOCABULARY])
def test_changed_file_of_the_language_model_is_refused(models: Path, name: str) -> None:
    path = models / LANGUAGE_MODEL / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtefactInvalid, match=name):
        load_engine(models)


@pytest.mark.parametrize("name", [NETWORK, ENCODER, TOKENIZER])
def test_changed_file_of_the_window_reader_is_refused(models: Path, name: str) -> None:
    path = models / WINDOW_READER / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtefactInvalid, match=name):
        load_engine(models)


def test_window_reader_behind_another_line_model_is_refused(models: Path) -> None:
    write_tiny_window_reader(models, line_model="0" * 64)
    with pytest.raises(ArtefactInvalid, match="another line model"):
        load_engine(models)


def test_manifest_of_another_window_form_is_refused(models: Path) -> None:
    path = models / LANGUAGE_MODEL / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"window_version": 999}))
    with pytest.raises(ArtefactInvalid, match="another version"):
        load_engine(models)


@pytest.mark.parametrize(
    "change", [{"evidence_columns": ["other"]}, {"format": 1}, {"fitted": {"x": {}}}, {"more": 1}]
)
def test_mix_that_does_not_fit_is_refused(models: Path, change: dict[str, object]) -> None:
    path = models / MIX
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ArtefactInvalid):
        load_engine(models)


def test_directory_without_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactInvalid):
        load_engine(tmp_path)
