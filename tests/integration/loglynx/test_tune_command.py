"""``loglynx tune`` as it is typed: what it refuses, what a dry run shows, how it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny_language_model import a_row, make_tiny_base

from loglynx.cli import main
from services.trainer.tuning import tune as use_case

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


def run(*arguments: object, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["loglynx", "tune", *map(str, arguments)])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_base(
        tmp_path_factory.mktemp("base"), [json.dumps(a_row(number)) for number in range(9)], hidden=32
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    rows = [a_row(0), a_row(1), a_row(2, "test"), a_row(0, "test")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_dry_run_counts_and_trains_nothing(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "registry"
    code = run("--base", base, "--data", data, "-o", output, "--dry-run", monkeypatch=monkeypatch)
    shown = json.loads(capsys.readouterr().out)
    assert code == 0
    assert shown["rows"] == {"disk_full": 1, "timeout": 1}
    assert shown["unseen"] == {"authentication_attack": 1}
    assert shown["left_out_as_known_from_training"] == 1
    assert shown["steps"] == 2
    assert 0 < shown["tokens"]["median"] <= shown["tokens"]["longest"] < shown["tokens"]["all"]
    assert not output.exists()


def test_rows_that_are_too_long_are_left_out_and_counted(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data.write_text(json.dumps(a_row(0, prompt="A long instruction. " * 40)) + "\n")
    arguments = ("--base", base, "--data", data, "-o", tmp_path / "registry", "--dry-run", "--max-tokens", 64)
    code = run(*arguments, monkeypatch=monkeypatch)
    out, error = capsys.readouterr()
    assert code == 2
    assert "longer than 64 tokens" in error
    assert out == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--base", "/nowhere/base"], "neither a directory nor"),
        (["--data", "/nowhere.jsonl"], "cannot be read"),
    ],
)
def test_what_is_absent_is_said_in_a_sentence(
    arguments: list[str],
    complaint: str,
    base: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    usual = {"--base": str(base), "--data": str(data)} | {arguments[0]: arguments[1]}
    flat = [part for pair in usual.items() for part in pair]
    code = run(*flat, "-o", tmp_path / "registry", "--dry-run", monkeypatch=monkeypatch)
    error = capsys.readouterr().err
    assert code == 2
    assert complaint in error
    assert "Traceback" not in error


@pytest.mark.parametrize(("is_promoted", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_it_was_promoted(
    is_promoted: bool,
    code: int,
    base: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def tuned(plan: Any, rows: Any, golden: Any, answer: Any, say: Any, *, merge: bool) -> Any:
        assert (plan.rank, plan.is_4bit, merge, len(golden)) == (8, False, True, 4)
        decision = SimpleNamespace(is_promoted=is_promoted)
        return SimpleNamespace(version="v", directory=tmp_path, card={"x": 1}, merged=None, decision=decision)

    monkeypatch.setattr(use_case, "tune", tuned)
    arguments = ("--base", base, "--data", data, "--golden", data, "-o", tmp_path / "registry")
    options = ("--rank", 8, "--no-4bit", "--merge", "--json")
    assert run(*arguments, *options, monkeypatch=monkeypatch) == code
    assert json.loads(capsys.readouterr().out) == {"version": "v", "directory": str(tmp_path), "card": {"x": 1}}


def test_a_gpu_that_is_demanded_and_absent_is_said_before_anything_is_done(
    base: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    arguments = ("--base", base, "--data", data, "-o", tmp_path / "registry", "--device", "cuda")
    assert run(*arguments, monkeypatch=monkeypatch) == 2
    out, error = capsys.readouterr()
    assert "no CUDA device" in error
    assert out == ""
