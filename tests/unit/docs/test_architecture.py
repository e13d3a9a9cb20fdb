"""ARCHITECTURE.md names every module, and no module that is gone."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
TEXT = (REPOSITORY / "ARCHITECTURE.md").read_text()
NAMED = {name.rsplit("/", 1)[-1] for name in re.findall(r"\*\*`([\w/]+\.py)`\*\*", TEXT)}
# Directories that are walked as one: their files are alike, and the directory is named.
AS_ONE = (
    "services/analyzer/signs",
    "services/trainer/datasets/recorded/applications",
    "services/trainer/datasets/recorded/scenarios",
    "services/trainer/datasets/simulators/systems",
    "loglynx/commands",
    "loglynx/bench/datasets",
    "loglynx/bench/detectors",
    "loglynx/evaluation/fault_sets",
)
MODULES = [
    path.relative_to(REPOSITORY)
    for package in ("shared", "services", "loglynx")
    for path in sorted((REPOSITORY / package).rglob("*.py"))
    if path.name != "__init__.py" and not str(path.parent.relative_to(REPOSITORY)).startswith(AS_ONE)
]


def test_every_module_is_named() -> None:
    assert sorted(str(path) for path in MODULES if path.name not in NAMED | {"__main__.py"}) == []


def test_no_module_is_named_that_is_gone() -> None:
    assert NAMED - {path.name for path in MODULES} == set()


def test_directories_that_are_walked_as_one_are_named() -> None:
    for directory in AS_ONE:
        assert f"**`{directory.rsplit('/', 1)[-1]}/`**" in TEXT, directory
