"""convert and analyze: what is written, what is left alone, and that what was made up is never measured."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from loglynx.bench.own_dataset import read_dataset
from loglynx.cli import app
from loglynx.evaluation.labelled_rows import read_rows as read_labelled
from loglynx.failures import InputUnreadable
from loglynx.training.cases import Reading, read_cases


def ran(*arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == code, done.output
    return done


def a_log(directory: Path, lines: int = 200) -> Path:
    path = directory / "raw_logs.log"
    text = "2026-01-01 10:{:02d}:{:02d} INFO shop.orders request_id=abcdef{:02d} step {} done\n"
    path.write_text("".join(text.format(at // 60, at % 60, at % 10, "abcdefg"[at % 7] * 3) for at in range(lines)))
    return path


def rows_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_output_is_named_as_in_tinylogbert_and_every_row_says_whether_it_was_made_up(tmp_path: Path) -> None:
    ran("convert", str(a_log(tmp_path)), "-r", "0.2")
    rows = rows_in(tmp_path / "raw_logs_jsonl.json")
    assert all(isinstance(row["simulated"], bool) for row in rows)
    made_up = [row for row in rows if row["simulated"]]
    assert made_up
    assert {row["label"] for row in made_up} == {1}
    kept = [row for row in rows if not row["simulated"]]
    assert {row["label"] for row in kept} == {None}  # nobody knows
    assert sum(len(row["lines"]) for row in kept) == 200  # no real line is lost to a spoiled copy
    assert kept[0]["ts"] == 1767261600000


def test_about_the_asked_share_is_simulated_and_the_seed_decides_which(tmp_path: Path) -> None:
    log = str(a_log(tmp_path, 6_000))
    said = [
        json.loads(
            ran("convert", "-i", log, "-o", str(tmp_path / f"{at}.jsonl"), "-r", "0.2", "-s", seed, "--json").output
        )
        for at, seed in enumerate("112")
    ]
    assert 0.14 < said[0]["simulated"] / said[0]["rows"] < 0.26
    first, again, other = ((tmp_path / f"{at}.jsonl").read_bytes() for at in range(3))
    assert first == again != other


def test_an_output_that_is_there_is_left_alone_unless_forced(tmp_path: Path) -> None:
    log, output = str(a_log(tmp_path)), tmp_path / "out.json"
    output.write_text("mine")
    done = ran("convert", "--input", log, "--output", str(output))
    assert "skipped" in done.stderr
    assert output.read_text() == "mine"
    ran("convert", "--input", log, "--output", str(output), "--force")
    assert len(json.loads(output.read_text())) >= 10  # .json: an array


def test_analyze_reports_and_writes_nothing(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    said = ran("convert", str(log), "-a").output
    assert "200" in said
    assert "request 10 in 200 events" in said
    found = json.loads(ran("analyze", str(log), "--json").output)
    assert found["levels"] == {"info": 200}
    assert (found["first"], found["span_s"]) == ("2026-01-01T10:00:00.000+00:00", 199.0)
    assert found["language"] == {"chinese": 0, "other": 200}
    assert found["templates"] == 7
    assert list(tmp_path.iterdir()) == [log]


def test_stamps_without_a_year_are_put_before_the_file_was_written(tmp_path: Path) -> None:
    log = tmp_path / "auth.log"
    log.write_text("Jan 15 10:00:01 host sshd[1]: session opened\n")
    os.utime(log, (1_767_225_600, 1_767_225_600))  # 2026-01-01
    assert json.loads(ran("analyze", str(log), "--json").output)["first"] == "2025-01-15T10:00:01.000+00:00"


def test_training_and_measuring_leave_made_up_rows_out(tmp_path: Path) -> None:
    output = tmp_path / "raw_logs_jsonl.json"
    ran("convert", str(a_log(tmp_path)), "-r", "0.3")
    read = read_cases(str(output), Reading())
    assert len(read.cases) == 10
    assert not read.is_told
    assert not any(case.is_anomaly for case in read.cases)


def test_the_bench_and_the_analyzers_measure_refuse_made_up_rows(tmp_path: Path) -> None:
    row = {"lines": ["a", "b"], "label": 1, "simulated": True}
    (tmp_path / "dataset.json").write_text('{"kind": "sessions"}')
    for part in ("train", "test"):
        (tmp_path / f"{part}.jsonl").write_text(json.dumps({**row, "simulated": False}) + "\n" + json.dumps(row))
    with pytest.raises(InputUnreadable, match="row 2: it is simulated"):
        read_dataset(tmp_path)
    (tmp_path / "dataset.json").write_text('{"kind": "stream"}')
    for part in ("train", "test"):
        (tmp_path / f"{part}.jsonl").write_text(json.dumps({"line": "a", "label": 1, "simulated": True}))
    with pytest.raises(InputUnreadable, match="row 1: it is simulated"):
        read_dataset(tmp_path)
    (tmp_path / "rows.jsonl").write_text(json.dumps({**row, "label": "timeout"}))
    with pytest.raises(InputUnreadable, match="simulated"):
        list(read_labelled(str(tmp_path / "rows.jsonl")))
    assert "simulated" in ran("export", str(tmp_path / "rows.jsonl"), "--format", "alpaca", code=2).stderr


def test_a_data_set_is_made_once(tmp_path: Path) -> None:
    log = tmp_path / "BGL.log"
    log.write_text(
        "".join(f"{'APPREAD' if at > 80 else '-'} 1117838570 2005.06.03 R0 line {at}\n" for at in range(90))
    )
    said = json.loads(ran("convert", "--from", "loghub", str(log), "-o", str(tmp_path / "bgl"), "--json").output)
    assert said["train"] == {"rows": 54, "anomalies": 0}
    again = ran("convert", "--from", "loghub", str(log), "-o", str(tmp_path / "bgl"))
    assert "skipped" in again.stderr
    assert [case.is_anomaly for case in read_cases(str(tmp_path / "bgl"), Reading()).test] == [False, True]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "needs one FILE"),
        (("a.log", "-i", "b.log"), "needs one FILE"),
        (("nowhere.log",), "nowhere.log"),
        (("--from", "ait", "."), "gather"),
    ],
)
def test_what_cannot_be_converted_is_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in ran("convert", *arguments, code=2).stderr


@pytest.mark.parametrize("option", [("--only", "auth*"), ("--labels", "x.csv"), ("--limit", "10")])
def test_an_option_of_data_sets_is_refused_for_a_log(option: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("INFO started\n" * 40)
    assert option[0] in ran("convert", str(tmp_path / "app.log"), *option, code=2).stderr
