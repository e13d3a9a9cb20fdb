"""``loglynx archive`` lists, deletes and prunes; what it is told wrongly it says, with exit code 2."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from loglynx.cli import app
from shared.archive.layout import Partition, folder_of
from shared.archive.schema import DataSet
from shared.archive.writing import read_table, write_rows


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["archive", *arguments])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two streams of an old day, and a label."""
    row = {"window_id": "w1", "stream": "web", "scored_ms": 0, "lines": []}
    for stream in ("web", "db"):
        partition = Partition(DataSet.WINDOWS, date(2020, 1, 1), folder_of(stream))
        write_rows(tmp_path, partition, "1-0_1-0", [row | {"stream": stream}])
    label = Partition(DataSet.FEEDBACK, date(2020, 1, 1), folder_of("web"))
    write_rows(tmp_path, label, "1-0_1-0", [{"feedback_id": "f1", "stream": "web", "at_ms": 0}])
    return tmp_path


def listed(root: Path) -> list[tuple[str, str]]:
    return [
        (item["dataset"], item["stream"]) for item in json.loads(run("list", "--dir", str(root), "--json").stdout)
    ]


def test_a_stream_goes_with_its_labels(root: Path) -> None:
    assert listed(root) == [("feedback", "web"), ("windows", "db"), ("windows", "web")]
    assert run("delete-stream", "web", "--dir", str(root), "--yes").exit_code == 0
    assert listed(root) == [("windows", "db")]


def test_a_sequence_goes_and_those_beside_it_stay(root: Path) -> None:
    row = {"window_id": "w1", "scored_ms": 0, "lines": []}
    for day, names in ((1, ("seq/j1", "seq/j1/1", "seq/j2")), (2, ("seq/j1",))):
        partition = Partition(DataSet.WINDOWS, date(2020, 1, day), folder_of("seq/"))
        write_rows(root, partition, "1-0_1-0", [row | {"stream": name} for name in names])
    assert run("delete-stream", "seq/j1", "--dir", str(root), "--yes").exit_code == 0
    files = list(root.glob("windows/day=*/stream=seq*/*.parquet"))
    assert [file.parts[-3] for file in files] == ["day=2020-01-01"], "the other day is empty"
    assert read_table(files, DataSet.WINDOWS)["stream"].to_pylist() == ["seq/j1/1", "seq/j2"]
    assert run("delete-stream", "seq/", "--dir", str(root), "--yes").exit_code == 0
    assert ("windows", "seq/") not in listed(root)


def test_pruning_leaves_labels(root: Path) -> None:
    assert run("prune", "--keep-days", "30", "--dir", str(root)).exit_code == 0
    assert listed(root) == [("feedback", "web")]


def test_without_a_yes_nothing_goes(root: Path) -> None:
    CliRunner().invoke(app, ["archive", "delete-stream", "web", "--dir", str(root)], input="n\n")
    assert len(listed(root)) == 3


@pytest.mark.parametrize(
    "arguments",
    [("list", "--dir", "/no/such/place"), ("delete-stream", "no name", "--yes"), ("prune", "--keep-days", "0")],
)
def test_mistakes_are_said(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
