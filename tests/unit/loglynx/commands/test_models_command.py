"""``loglynx models``: the registry from the outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from artefact_builders import an_artefact
from typer.testing import CliRunner, Result

from loglynx.commands.models import models
from shared.artefacts.lineage import Lineage
from shared.artefacts.registry import SHIPPED, ModelRegistry

Call = Callable[..., Result]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelRegistry:
    monkeypatch.setenv("LOGLYNX_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setenv("LOGLYNX_DETECTOR_MODEL_DIR", str(an_artefact(tmp_path / "first")))
    return ModelRegistry(tmp_path / "registry", tmp_path / "first")


@pytest.fixture
def address(registry: ModelRegistry, tmp_path: Path) -> str:
    lineage = Lineage(author="ann\x1b[31m", command=("train", "--seed", "1"))
    return registry.publish(an_artefact(tmp_path / "trained", "x"), lineage).address


@pytest.fixture
def call() -> Call:
    return lambda *arguments: CliRunner().invoke(models, [*map(str, arguments)])


def test_list_marks_what_is_served(call: Call, registry: ModelRegistry, address: str) -> None:
    records = json.loads(call("list", "--json").stdout)
    assert [(r["address"], r["active"]) for r in records] == [(SHIPPED, True), (address, False)]
    shown = call("list").stdout
    assert address[7:19] in shown
    assert "\x1b" not in shown, "an imported lineage is a stranger's text"


def test_show_and_diff_tell_what_is_known(call: Call, address: str) -> None:
    assert "command      train --seed 1" in call("show", address[7:15]).stdout
    apart = json.loads(call("diff", SHIPPED, address[7:15], "--json").stdout)
    assert apart["lineage.command"] == [[], ["train", "--seed", "1"]]
    assert "manifest.files.tokenizer.json.sha256" in apart
    assert "manifest.licence" not in apart


def test_a_damaged_model_is_listed_as_such_and_not_activated(
    call: Call, registry: ModelRegistry, address: str
) -> None:
    (registry.root / address / "tokenizer.json").write_text("changed")
    assert "damaged" in json.loads(call("list", "--json").stdout)[1]
    assert call("activate", address[7:15], "--force").exit_code == 2
    assert registry.active() == SHIPPED


def test_what_is_forced_is_written_down_and_rolled_back(call: Call, registry: ModelRegistry, address: str) -> None:
    assert call("activate", address[7:15], "--force", "--author", "ann").exit_code == 0
    assert registry.active() == address
    assert call("activate", address[7:15], "--force").exit_code == 2, "it is active already"
    assert call("rollback", "--author", "bob").exit_code == 0
    assert registry.active() == SHIPPED
    assert [(a.author, a.why, a.is_forced) for a in registry.history()] == [
        ("ann", "activate", True),
        ("bob", "rollback", False),
    ]
    assert call("rollback").exit_code == 2


def test_a_model_is_carried_elsewhere(call: Call, address: str, tmp_path: Path) -> None:
    archive = tmp_path / "model.tar"
    assert call("export", address[7:15], archive).exit_code == 0
    imported = call("import", archive, "--registry", tmp_path / "elsewhere")
    assert imported.stdout.split() == [address]
    assert ModelRegistry(tmp_path / "elsewhere").active() == SHIPPED, "what is imported is not served"


def test_importing_the_directory_of_a_model_is_refused_with_what_to_give(
    call: Call, registry: ModelRegistry, address: str
) -> None:
    ended = call("import", registry.root / address)
    assert ended.exit_code == 2
    assert "is a directory" in ended.output and "loglynx models export" in ended.output
    assert "is no file" in call("import", "/nowhere.tar").output


@pytest.mark.parametrize("output", [".", ""])
def test_an_export_to_a_directory_is_refused_in_words(call: Call, address: str, output: str) -> None:
    ended = call("export", address[7:15], output)
    assert ended.exit_code == 2
    assert "Is a directory" in ended.output


@pytest.mark.parametrize(
    "arguments", [("show", "zzzz"), ("activate", "0000"), ("import", "/nowhere.tar"), ("export", SHIPPED, "x.tar")]
)
def test_what_cannot_be_done_ends_with_2_and_a_sentence(
    call: Call, registry: ModelRegistry, arguments: tuple[str, ...]
) -> None:
    ended = call(*arguments)
    assert ended.exit_code == 2
    assert "error:" in ended.output
    assert "Traceback" not in ended.output
