"""Models are taken up between batches, and what cannot be loaded changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from artefact_builders import an_artefact

from services.detector.served_models import RegistryWatch, ServedModels, first_served, load_version
from shared.artefacts.lineage import Activation, Lineage
from shared.artefacts.manifest import TOKENIZER, Artefact
from shared.artefacts.registry import SHIPPED, ModelRegistry
from shared.errors import ArtefactInvalid


class Fake:
    """A model that is only a version."""

    def __init__(self, version: str) -> None:
        self.version = version


def load(artefact: Artefact) -> Any:
    if b"bad" in artefact.read(TOKENIZER):
        raise ArtefactInvalid("a probe fails")
    return Fake(artefact.version)


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "registry", an_artefact(tmp_path / "first"))


def activate(registry: ModelRegistry, mark: str) -> str:
    directory = an_artefact(registry.root.parent / mark, mark)
    entry = registry.publish(directory, Lineage())
    before = registry.active()
    registry.activate(Activation(why="activate", to=entry.address, before=before, at="2026", author="ann"))
    return entry.version


class Watched:
    def __init__(self, registry: ModelRegistry) -> None:
        self.now = 0.0
        self.loads: list[str] = []
        address, first = first_served(registry, self.load)
        self.models = ServedModels(first)
        self.watch = RegistryWatch(registry, self.models, self.load, address, clock=lambda: self.now)

    def load(self, artefact: Artefact) -> Any:
        self.loads.append(artefact.version)
        return load(artefact)


def test_what_is_activated_is_current_from_the_next_batch_on(registry: ModelRegistry) -> None:
    watched = Watched(registry)
    first = watched.models.current()
    version = activate(registry, "x")
    watched.watch.round()
    assert watched.models.version == first.version, "nobody asked for the next batch's model yet"
    assert watched.models.current().version == watched.models.version == version
    watched.watch.round()
    assert len(watched.loads) == 2


def test_a_rollback_needs_no_load(registry: ModelRegistry) -> None:
    watched = Watched(registry)
    first = watched.models.current()
    activate(registry, "x")
    watched.watch.round()
    second = watched.models.current()
    before = registry.active()
    registry.activate(Activation(why="rollback", to=SHIPPED, before=before, at="2026", author="ann"))
    watched.watch.round()
    assert watched.models.current() is first
    assert watched.models.of_version(second.version) is second
    assert len(watched.loads) == 2


def test_what_cannot_be_loaded_is_refused_and_tried_again_later(registry: ModelRegistry) -> None:
    watched = Watched(registry)
    first = watched.models.current()
    activate(registry, "bad")
    for now, loads in ((0.0, 2), (1.0, 2), (61.0, 3)):
        watched.now = now
        watched.watch.round()
        assert watched.models.current() is first
        assert len(watched.loads) == loads
    assert first_served(registry, load)[0] == SHIPPED, "a restart comes up with the first entry"


def test_at_most_three_models_stay_loaded(registry: ModelRegistry) -> None:
    loaded: list[str] = []

    def load_again(version: str) -> Any:
        loaded.append(version)
        return Fake(version)

    models = ServedModels(Fake("active"), load_again)  # type: ignore[arg-type]
    for version in ("a", "b", "a", "b", "c", "b", "a"):
        assert models.of_version(version).version == version  # type: ignore[union-attr]
    assert loaded == ["a", "b", "c", "a"]


def test_a_version_that_the_registry_lost_is_no_model(registry: ModelRegistry) -> None:
    version = activate(registry, "x")
    assert load_version(registry, version, load).version == version  # type: ignore[union-attr]
    (registry.root / registry.active() / TOKENIZER).write_text("changed")
    assert load_version(registry, version, load) is None
    assert load_version(registry, "0" * 12, load) is None
