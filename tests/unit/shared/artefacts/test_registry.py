"""Models lie under the digest of their content, and one link says which is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from artefact_builders import an_artefact

from shared.artefacts import publishing
from shared.artefacts import registry as registries
from shared.artefacts.lineage import Activation, Lineage, append_history
from shared.artefacts.manifest import CALIBRATION, LINEAGE, MODEL_CARD
from shared.artefacts.registry import SHIPPED, ModelRegistry
from shared.errors import ArtefactInvalid, ModelUnknown


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "registry", an_artefact(tmp_path / "first"))


def published(registry: ModelRegistry, mark: str = "x", **lineage: str) -> str:
    directory = an_artefact(registry.root.parent / f"trained-{mark}", mark)
    return registry.publish(directory, Lineage(**lineage)).address


def activate(registry: ModelRegistry, to: str, why: str = "activate") -> None:
    registry.activate(Activation(why=why, to=to, before=registry.active(), at="2026", author="ann"))


def test_an_empty_registry_holds_the_shipped_model_and_serves_it(registry: ModelRegistry) -> None:
    assert registry.addresses() == [SHIPPED]
    assert registry.active() == SHIPPED
    assert registry.load(SHIPPED).artefact.directory == registry.first
    assert not registry.root.exists(), "reading makes nothing"


def test_equal_models_of_equal_lineage_are_one(registry: ModelRegistry) -> None:
    address = published(registry, author="ann")
    assert published(registry, author="ann") == address
    assert published(registry, author="bob") != address
    assert len(registry.addresses()) == 3
    assert registry.load(address).lineage.author == "ann"


@pytest.mark.parametrize("name", [LINEAGE, CALIBRATION, MODEL_CARD])
def test_a_changed_file_is_never_served(name: str, registry: ModelRegistry) -> None:
    address = published(registry)
    path = registry.root / address / name
    path.write_text(path.read_text().replace("{", '{"parent": "", ', 1) + " ")
    with pytest.raises(ArtefactInvalid):
        registry.load(address)
    with pytest.raises(ArtefactInvalid):
        activate(registry, address)
    assert registry.active() == SHIPPED


def test_what_the_disk_lost_is_published_anew(registry: ModelRegistry) -> None:
    address = published(registry)
    (registry.root / address / CALIBRATION).unlink()
    assert published(registry) == address
    assert registry.load(address).version


def test_activating_writes_down_who_and_what(registry: ModelRegistry) -> None:
    address = published(registry)
    activate(registry, address)
    assert registry.active() == address
    (only,) = registry.history()
    assert (only.to, only.before, only.author) == (address, SHIPPED, "ann")


def test_rolling_back_twice_goes_two_steps_back(registry: ModelRegistry) -> None:
    one, two = published(registry, "1"), published(registry, "2")
    activate(registry, one)
    activate(registry, two)
    for expected in (one, SHIPPED):
        assert registry.predecessor() == expected
        activate(registry, registry.predecessor(), "rollback")
    with pytest.raises(ModelUnknown):
        registry.predecessor()


def test_rolling_back_passes_a_model_that_was_active_twice(registry: ModelRegistry) -> None:
    one, two = published(registry, "1"), published(registry, "2")
    for address in (one, two, one):
        activate(registry, address)
    for expected in (two, one, SHIPPED):
        assert registry.predecessor() == expected
        activate(registry, registry.predecessor(), "rollback")
    activate(registry, two)
    assert registry.predecessor() == SHIPPED


@pytest.mark.parametrize("why", ["activate", "rollback"])
def test_a_change_that_was_written_down_and_never_made_leads_nowhere_else(why: str, registry: ModelRegistry) -> None:
    one, two, three = (published(registry, mark) for mark in "123")
    activate(registry, one)
    activate(registry, two)
    to = three if why == "activate" else one
    for _ in range(2):  # killed between the line and the link, twice
        append_history(registry.root, Activation(why=why, to=to, before=two, at="2026", author="killed"))
        assert registry.predecessor() == one
    activate(registry, one, "rollback")
    assert registry.predecessor() == SHIPPED


def test_of_two_that_activate_at_once_one_is_told(registry: ModelRegistry) -> None:
    one, two = published(registry, "1"), published(registry, "2")
    activate(registry, one)
    with pytest.raises(ModelUnknown, match="meanwhile"):
        registry.activate(Activation(why="activate", to=two, before=SHIPPED, at="2026", author="bob"))
    assert registry.active() == one


def test_a_torn_line_of_the_history_is_passed_over(registry: ModelRegistry) -> None:
    activate(registry, published(registry, "1"))
    with (registry.root / "history.jsonl").open("a") as history:
        history.write('{"why": "activate", "to"')
    activate(registry, published(registry, "2"))
    assert len(registry.history()) == 2


def test_names_mean_one_model_or_none(registry: ModelRegistry) -> None:
    address = published(registry)
    version = registry.load(address).version
    for name in (address, address.removeprefix("sha256-")[:12], address[:20], version):
        assert registry.find(name) == address
    for name in ("", "abc", "../etc", "0" * 12, "active/../x", "shadow"):
        with pytest.raises(ModelUnknown):
            registry.find(name)
    published(registry, author="another with the same weights")
    with pytest.raises(ModelUnknown, match="several"):
        registry.find(version)
    assert registry.find("active") == SHIPPED
    assert registry.address_of_version(version) is not None
    assert registry.address_of_version("0" * 12) is None


def test_a_shadow_is_set_and_taken_away(registry: ModelRegistry) -> None:
    address = published(registry)
    registry.set_shadow(address)
    assert registry.shadow() == registry.find("shadow") == address
    registry.set_shadow(None)
    assert registry.shadow() is None
    assert registry.active() == SHIPPED


def test_who_is_activated_leaves_the_shadow_and_nobody_else_does(registry: ModelRegistry) -> None:
    one, two = published(registry, "1"), published(registry, "2")
    registry.set_shadow(one)
    activate(registry, two)
    assert registry.shadow() == one
    activate(registry, one)
    assert (registry.active(), registry.shadow()) == (one, None)
    with pytest.raises(ModelUnknown, match="active"):
        registry.set_shadow(one)


def test_what_another_process_made_whole_meanwhile_is_kept(
    registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = published(registry)
    lost = registry.root / address / CALIBRATION
    content = lost.read_bytes()
    lost.unlink()
    made = registry.root / address
    inode = made.stat().st_ino

    @contextmanager
    def after_another(root: Path) -> Iterator[None]:
        lost.write_bytes(content)
        with publishing.alone(root):
            yield

    monkeypatch.setattr(registries, "alone", after_another)
    assert published(registry) == address
    assert made.stat().st_ino == inode


def test_a_lineage_with_an_unknown_field_is_refused(registry: ModelRegistry) -> None:
    directory = an_artefact(registry.root.parent / "odd")
    (directory / LINEAGE).write_text(json.dumps({"surprise": 1}))
    with pytest.raises(ArtefactInvalid):
        registry.adopt(directory)
