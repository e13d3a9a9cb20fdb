"""The language model's directory: what its manifest does not prove is not handed out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_readers import table_graph, tiny_vocabulary

from shared.artefacts.language_model import GRAPH, VOCABULARY, load_language_model, write_language_model
from shared.artefacts.proven_files import MANIFEST
from shared.errors import ArtefactInvalid


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    tokenizer = tiny_vocabulary()
    (tmp_path / GRAPH).write_bytes(table_graph(tokenizer.get_vocab_size()))
    (tmp_path / VOCABULARY).write_text(tokenizer.to_str())
    write_language_model(tmp_path, created="2026-01-01", licence="MIT", training={"steps": 1}, metrics={})
    return tmp_path


def test_bytes_that_were_verified_are_handed_out(directory: Path) -> None:
    manifest, contents = load_language_model(directory)
    assert contents[GRAPH] == (directory / GRAPH).read_bytes()
    assert manifest.training == {"steps": 1}


def test_version_follows_from_the_content_alone(directory: Path) -> None:
    before = load_language_model(directory)[0].version
    write_language_model(directory, created="2027-01-01", licence="MIT", training={}, metrics={})
    assert load_language_model(directory)[0].version == before
    (directory / GRAPH).write_bytes(table_graph(400, seed=1))
    write_language_model(directory, created="2027-01-01", licence="MIT", training={}, metrics={})
    assert load_language_model(directory)[0].version != before


def test_link_in_place_of_a_file_is_refused(directory: Path) -> None:
    elsewhere = directory / "elsewhere"
    (directory / GRAPH).rename(elsewhere)
    (directory / GRAPH).symlink_to(elsewhere)
    with pytest.raises(ArtefactInvalid, match="link"):
        load_language_model(directory)


def test_graph_that_points_to_other_files_is_refused(directory: Path) -> None:
    (directory / GRAPH).write_bytes(b"not a graph")
    write_language_model(directory, created="2026-01-01", licence="MIT", training={}, metrics={})
    with pytest.raises(ArtefactInvalid, match="ONNX"):
        load_language_model(directory)


@pytest.mark.parametrize("text", ["", "{}", '{"format": 1}', "[]"])
def test_malformed_manifest_is_refused(directory: Path, text: str) -> None:
    (directory / MANIFEST).write_text(text)
    with pytest.raises(ArtefactInvalid, match="malformed"):
        load_language_model(directory)
