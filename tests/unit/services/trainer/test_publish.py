"""What was trained goes into the registry with its lineage, and is not served by that."""

from __future__ import annotations

from pathlib import Path

from artefact_builders import an_artefact

from services.trainer.publish import code_version, publish_trained
from shared.artefacts.manifest import load_artefact
from shared.artefacts.registry import SHIPPED, ModelRegistry


def test_a_trained_model_is_published_with_where_it_came_from(tmp_path: Path) -> None:
    directory = an_artefact(tmp_path / "trained")
    manifest = load_artefact(directory).manifest
    manifest = manifest.model_copy(update={"training": {"corpus_sha256": "a" * 64}, "metrics": {"held_out_simulators": {"all": 1}}})  # fmt: skip
    entry = publish_trained(directory, manifest, tmp_path / "registry", ["train", "--seed", "1"])
    assert entry.lineage.parent == SHIPPED
    assert entry.lineage.data_sha256 == "a" * 64
    assert entry.lineage.command == ("train", "--seed", "1")
    assert entry.lineage.notes == {"metrics": {"all": 1}}
    assert entry.lineage.code == code_version() != ""
    registry = ModelRegistry(tmp_path / "registry")
    assert registry.addresses() == [SHIPPED, entry.address]
    assert registry.active() == SHIPPED
