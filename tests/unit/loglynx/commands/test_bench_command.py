"""``loglynx bench`` from a directory of somebody's own logs to the report."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench_cases import a_task

from loglynx.bench.task import Case
from loglynx.cli import main


def run(arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["loglynx", "bench", *arguments])
    with pytest.raises(SystemExit) as ending:
        main()
    return int(ending.value.code or 0)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    directory = tmp_path / "my-logs"
    directory.mkdir()
    task = a_task()
    (directory / "dataset.json").write_text(json.dumps({"name": "mine", "kind": "sessions"}))
    for name, cases in (("train", task.fit), ("test", task.test)):
        (directory / f"{name}.jsonl").write_text("".join(json.dumps(_row(case)) + "\n" for case in cases))
    return directory


def _row(case: Case) -> dict[str, object]:
    return {
        "lines": [event.text for event in case.events],
        "label": int(case.is_anomaly),
        "line_labels": [int(mark) for mark in case.wrong or ()],
    }


def test_own_logs_from_end_to_end(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report"
    arguments = ["--dataset", str(dataset), "--rows", "baseline", "--seeds", "2", "-o", str(output), "--plots"]
    assert run(arguments, monkeypatch) == 0
    out, err = capsys.readouterr()
    assert out.startswith("mine: 60 windows, 10 anomalous\n")
    assert "[8/8] mine" in err
    report = json.loads((output / "report.json").read_text())
    found = {row["row"]: row for row in report["tasks"][0]["rows"]}
    assert found["new-template"]["runs"][0]["measures"]["quality"]["f1"] == 1.0
    assert found["new-template"]["runs"][0]["measures"]["localisation"]["top1"] == 1.0
    assert len(found["iforest"]["runs"]) == 2
    assert "## mine" in (output / "report.md").read_text()
    assert sorted(path.name for path in output.glob("*.png")) == [
        f"mine-{kind}.png" for kind in ("alarms", "curves", "scores")
    ]


def test_json_on_stdout_and_nothing_else(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--dataset", str(dataset), "--rows", "length", "--json"], monkeypatch) == 0
    assert json.loads(capsys.readouterr().out)["tasks"][0]["name"] == "mine"


def test_absent_data_is_said_and_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bgl-20", "--data", str(tmp_path), "--rows", "length"], monkeypatch) == 2
    err = capsys.readouterr().err
    assert "skipped bgl-20: " in err
    assert "there is nothing to run on" in err


def test_a_pattern_names_each_of_its_tasks_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["bgl-20", "bgl-*", "--data", str(tmp_path), "--rows", "length"], monkeypatch)
    skipped = [line for line in capsys.readouterr().err.splitlines() if line.startswith("skipped")]
    assert len(skipped) == len(set(skipped)) > 1
    assert all(line.startswith("skipped bgl-") for line in skipped)


def test_the_list_needs_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--list", "--data", str(tmp_path)], monkeypatch) == 0
    out = capsys.readouterr().out
    assert "bgl-20                  no data" in out
    assert "* fusion" in out
    assert run(["--list", "--json", "--data", str(tmp_path)], monkeypatch) == 0
    assert json.loads(capsys.readouterr().out)["tasks"]["bgl-20"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "no task is called 'nonsense'"),
        (["--rows", "nonsense"], "no row is called 'nonsense'"),
        (["--rows", ","], "--rows names none"),
        (["--scorer", "ecvc"], "no scorer is called 'ecvc'"),
        (["--plots"], "--plots needs a directory"),
        (["--output", "/dev/null/report"], "Not a directory"),
        (["--dataset", "/nonexistent"], "/nonexistent"),
    ],
)
def test_wrong_calls_say_what_is_wrong(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments, monkeypatch) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_a_row_that_breaks_is_in_the_report_and_in_the_exit_code(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from loglynx.bench.detectors.length import Length

    monkeypatch.setattr(Length, "fit", lambda *_: 1 / 0)
    assert run(["--dataset", str(dataset), "--rows", "length,bigram"], monkeypatch) == 2
    out = capsys.readouterr().out
    assert "ZeroDivisionError" in out
    assert "bigram          " in out
