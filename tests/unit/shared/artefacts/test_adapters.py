"""An adapter is published whole, proves itself, and is promoted by one link."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.artefacts.adapters import (
    CONFIG,
    MANIFEST,
    WEIGHTS,
    base_sha256,
    load_adapter,
    promote,
    promoted_version,
    write_adapter_manifest,
)
from shared.artefacts.publishing import incoming, publish
from shared.errors import ArtefactInvalid


def a_published_adapter(registry: Path, weights: bytes = b"weights") -> Path:
    with incoming(registry) as fresh:
        (fresh / CONFIG).write_text("{}")
        (fresh / WEIGHTS).write_bytes(weights)
        manifest = write_adapter_manifest(
            fresh, created="2026", base="tiny", base_digest="b" * 64, data_digest="d" * 64, training={}
        )
        return publish(fresh, registry, manifest.version)


def test_a_published_adapter_verifies_and_lies_under_its_hash(tmp_path: Path) -> None:
    directory = a_published_adapter(tmp_path)
    assert load_adapter(directory).version == directory.name
    assert [path.name for path in tmp_path.iterdir()] == [directory.name]
    assert (directory / WEIGHTS).stat().st_mode & 0o044 == 0o044, "the analyzer may be another user"


def test_the_same_content_is_the_same_adapter(tmp_path: Path) -> None:
    assert a_published_adapter(tmp_path) == a_published_adapter(tmp_path)
    assert a_published_adapter(tmp_path, b"other") != a_published_adapter(tmp_path)


def test_a_run_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), incoming(tmp_path) as fresh:
        (fresh / CONFIG).write_text("{}")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_a_changed_file_is_refused(name: str, tmp_path: Path) -> None:
    directory = a_published_adapter(tmp_path)
    (directory / name).write_text("changed")
    with pytest.raises(ArtefactInvalid, match=name):
        load_adapter(directory)


@pytest.mark.parametrize(
    "change", [{"version": "0" * 12}, {"format": 2}, {"files": {}}, {"files": {"../x": "0"}}, {"surprise": 1}]
)
def test_a_manifest_that_does_not_hold_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    directory = a_published_adapter(tmp_path)
    manifest = json.loads((directory / MANIFEST).read_text())
    (directory / MANIFEST).write_text(json.dumps(manifest | change))
    with pytest.raises(ArtefactInvalid):
        load_adapter(directory)


def test_a_directory_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactInvalid, match="loglynx tune"):
        load_adapter(tmp_path)


def test_promotion_moves_one_link(tmp_path: Path) -> None:
    first, second = a_published_adapter(tmp_path), a_published_adapter(tmp_path, b"other")
    assert promoted_version(tmp_path) is None
    promote(tmp_path, first.name)
    promote(tmp_path, second.name)
    assert promoted_version(tmp_path) == second.name
    assert load_adapter(tmp_path / "promoted").version == second.name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["promoted", first.name, second.name])


def test_what_does_not_verify_is_not_promoted(tmp_path: Path) -> None:
    directory = a_published_adapter(tmp_path)
    (directory / WEIGHTS).write_text("changed")
    with pytest.raises(ArtefactInvalid):
        promote(tmp_path, directory.name)
    assert promoted_version(tmp_path) is None


def test_a_base_is_known_by_its_weights_tokenizer_and_configuration(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text(name)
    digest = base_sha256(tmp_path)
    (tmp_path / "README.md").write_text("words")
    assert base_sha256(tmp_path) == digest
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text("changed")
        assert base_sha256(tmp_path) != digest
        (tmp_path / name).write_text(name)


def test_a_base_of_pickles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_text("x")
    with pytest.raises(ArtefactInvalid, match="safetensors"):
        base_sha256(tmp_path)
