"""generate, split, export and show: one file of rows from its making to its training form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from loglynx.bench.own_dataset import read_dataset
from loglynx.cli import app
from loglynx.labelled_incidents import read_rows as read_tune_rows


def ran(*arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, done.output
    return done


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with sequences (both forms) and classified windows."""
    root = tmp_path_factory.mktemp("made")
    for name in ("sequences.json", "sequences.jsonl"):
        ran("generate", "sequences", "-n", "100", "--language", "both", "-o", str(root / name))
    ran("generate", "classification", "-n", "30", "-o", str(root / "classes.jsonl"))
    return root


def test_the_array_and_the_lines_hold_the_same_rows_and_the_seed_the_same_bytes(made: Path, tmp_path: Path) -> None:
    rows = json.loads((made / "sequences.json").read_text())
    assert rows == [json.loads(line) for line in (made / "sequences.jsonl").read_text().splitlines()]
    ran("generate", "sequences", "-n", "100", "-o", str(tmp_path / "again.json"))
    assert (tmp_path / "again.json").read_bytes() == (made / "sequences.json").read_bytes()


def test_an_array_is_split_into_the_files_of_logmodel(made: Path, tmp_path: Path) -> None:
    ran("split", str(made / "sequences.json"), "-o", str(tmp_path))
    parts = {path.name: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert {name: len(rows) for name, rows in parts.items()} == {
        "train_data.json": 80, "validation_data.json": 10, "test_data.json": 10,
    }  # fmt: skip
    assert len({row["id"] for rows in parts.values() for row in rows}) == 100


def test_lines_are_split_into_a_data_set_of_the_bench(made: Path, tmp_path: Path) -> None:
    ran("split", str(made / "sequences.jsonl"), "-o", str(tmp_path), "--shares", "60/0/40", "--train-on-normal")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset.json", "test.jsonl", "train.jsonl"]
    task = read_dataset(tmp_path)
    assert 0 < sum(case.is_anomaly for case in task.test) < len(task.test)
    assert len(task.fit) + len(task.test) == 100


def test_nothing_is_written_over_unless_it_is_asked_for(made: Path, tmp_path: Path) -> None:
    kept = tmp_path / "train.jsonl"
    kept.write_bytes((made / "sequences.jsonl").read_bytes())
    before = kept.read_bytes()
    assert "written over" in ran("split", str(kept), "--force", code=2).stderr
    assert "already" in ran("split", str(made / "sequences.jsonl"), "-o", str(tmp_path), code=2).stderr
    assert kept.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["train.jsonl"]
    ran("split", str(made / "sequences.jsonl"), "-o", str(tmp_path), "--force")
    assert kept.read_bytes() != before


@pytest.mark.parametrize("shares", ["80/20", "a/b/c", "0/50/50", "-1/1/1", "nan/1/1"])
def test_shares_that_are_none_are_refused(shares: str, made: Path) -> None:
    assert "--shares" in ran("split", str(made / "sequences.json"), f"--shares={shares}", code=2).stderr


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        ("alpaca", {"id", "instruction", "input", "output"}),
        ("sharegpt", {"id", "conversations"}),
        ("chatml", {"id", "messages"}),
        ("unsloth", {"id", "conversations"}),
    ],
)
@pytest.mark.parametrize("source", ["classes.jsonl", "sequences.json"])
def test_rows_are_exported_with_the_analyzers_question_and_answer(
    form: str, keys: set[str], source: str, made: Path, tmp_path: Path
) -> None:
    ran("export", str(made / source), "--format", form, "--limit", "8", "-o", str(tmp_path / "out.json"))
    rows = json.loads((tmp_path / "out.json").read_text())
    assert len(rows) == 8
    assert all(set(row) == keys for row in rows)
    turns = rows[0].get("messages", rows[0].get("conversations"))
    answer = rows[0]["output"] if turns is None else turns[-1].get("content", turns[-1].get("value"))
    assert json.loads(answer)["category"]
    if form == "unsloth":
        assert [turn["role"] for turn in turns] == ["system", "user", "assistant"]


def test_classified_windows_are_rows_to_tune_on(made: Path) -> None:
    rows = read_tune_rows([made / "classes.jsonl"])
    assert len(rows) == 30
    said = [json.loads(line) for line in (made / "classes.jsonl").read_text().splitlines()]
    assert [row.category for row in rows] == [row["label"] for row in said]


def test_a_label_outside_the_taxonomy_is_refused_by_its_row(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"lines": ["a"], "label": "gremlins"}\n')
    assert "row 1" in ran("export", str(tmp_path / "rows.jsonl"), "--format", "chatml", code=2).stderr


def test_show_finds_out_what_it_is_given(made: Path, tmp_path: Path) -> None:
    ran("export", str(made / "classes.jsonl"), "--format", "unsloth", "-o", str(tmp_path / "chats.json"))
    for path, kind in (
        (made / "sequences.json", "sequence"), (made / "classes.jsonl", "classification"), (tmp_path / "chats.json", "chat"),
    ):  # fmt: skip
        done = ran("show", str(path), "-n", "2")
        assert kind in done.stderr
        assert done.stderr.startswith("2 of ")


def test_show_keeps_to_the_label_and_the_place_asked_for(made: Path) -> None:
    rows = json.loads((made / "sequences.json").read_text())
    wanted = [row["id"] for row in rows if row["label"] == 1]
    shown = json.loads(
        ran("show", str(made / "sequences.json"), "--label", "1", "--skip", "1", "-n", "2", "--json").output
    )
    assert [row["id"] for row in shown] == wanted[1:3]
    ran("show", str(made / "sequences.json"), "--label", "gremlins", code=2)


@pytest.mark.parametrize("key", ["lines", "messages", "id", "label"])
def test_hostile_text_does_nothing_to_a_terminal_that_is_none(key: str, tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[31mred\u202e [bold]x[/bold]\r"
    row: dict[str, Any] = {"lines": ["a"], "label": "timeout", "id": "1"}
    value: Any = {"lines": [evil], "messages": [{"role": evil, "content": evil}]}.get(key, evil)
    (tmp_path / "rows.jsonl").write_text(json.dumps(row | {key: value}) + "\n")
    said = ran("show", str(tmp_path / "rows.jsonl")).output
    assert "[bold]x" in said
    assert not any(mark in said for mark in ("\x1b", "\x07", "\u202e", "\r"))


@pytest.mark.parametrize("text", ["", "[]", "[1]", "not json", "[" * 5_000])
def test_a_file_that_holds_no_rows_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(text)
    for command in ("show", "split"):
        ran(command, str(tmp_path / "rows.json"), code=2)
