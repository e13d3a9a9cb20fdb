"""train, evaluate, compare and scan --model: from logs to a model, its figures, and what it finds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from toy_grammar import FAILURE, normal_windows
from trained_detectors import a_detector, write_sequences
from typer.testing import CliRunner

from loglynx.cli import app
from services.trainer.peers import Peers


def ran(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    a_detector(root / "one", "deeplog", 120)
    a_detector(root / "two", "autoencoder", 60)
    return root


def test_a_model_is_trained_reported_and_told_apart_from_what_is_simulated(tmp_path: Path) -> None:
    data = write_sequences(tmp_path / "data.jsonl", 80, every=10)
    options = ("--epochs", "2", "--batch-size", "8", "--anomaly-ratio", "0.3", "--json")
    done = ran("train", "--data", str(data), "--model-type", "autoencoder", "-o", str(tmp_path / "m"), *options)
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "m.report.json").read_text())
    assert report["windows"] == {"normal": 58, "test": 16, "anomalous_left_out": 6}
    assert report["test"]["anomalies"] == 2
    assert "none of these figures is a result" in report["simulated"]["warning"]
    manifest = json.loads((tmp_path / "m" / "detector.json").read_text())
    assert "simulated" not in json.dumps(manifest)
    assert manifest["training"]["epochs"] == 2
    assert list((tmp_path / "m.checkpoints" / "events").glob("events.out.tfevents.*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--data", "nowhere.log"), "nowhere.log"),
        (("--data", "{data}", "--window", "often"), "no window rule"),
        (("--data", "{few}"), "too few"),
        (("--data", "{data}", "-o", "{full}"), "holds other files than a model"),
        (("--data", "{data}", "--device", "abacus"), "no such device"),
        (("--data", "{data}", "--model-type", "moe", "--batch-size", "8"), "leave out --batch-size"),
        (("--data", "{data}", "--from-scratch"), "leave out --from-scratch"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("".join(f"line {at}\n" for at in range(900)))
    (tmp_path / "few.log").write_text("line\n" * 30)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    names = {"data": tmp_path / "app.log", "few": tmp_path / "few.log", "full": tmp_path / "full"}
    given = [argument.format(**names) for argument in arguments]
    given += [] if "-o" in given else ["-o", str(tmp_path / "m")]
    done = ran("train", "--model-type", "autoencoder", *given)
    assert done.exit_code == 2
    assert said in done.output
    assert (tmp_path / "full" / "letter.txt").exists() and not (tmp_path / "m").exists()


def test_models_are_compared_on_one_page_that_escapes_what_logs_say(models: Path, tmp_path: Path) -> None:
    rows = [{"lines": list(window), "label": 0} for window in normal_windows(20, seed=8)]
    rows += [
        {"lines": [*window[:4], "<script>alert(1)</script>\x1b[31m", *window[4:]], "label": 1}
        for window in normal_windows(5)
    ]
    test = tmp_path / "test.jsonl"
    test.write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path / "report"
    done = ran("compare", str(models / "one"), str(models / "two"), "--test", str(test), "-o", str(out), "--top", "3")
    assert done.exit_code == 0, done.output
    page, report = (out / "report.html").read_text(), json.loads((out / "report.json").read_text())
    assert "<script>" not in page and "&lt;script&gt;" in page and "\x1b" not in page
    assert page.count("data:image/png;base64,") == 4
    assert "http://" not in page and "https://" not in page
    assert [model["name"] for model in report["models"]] == ["one", "two"]
    best = report["models"][0]
    assert best["oracle"]["f1"] == 1.0 and best["ms_per_window"] > 0
    assert [window["is_anomaly"] for window in best["strangest"]] == [True, True, True]
    assert report["test"]["rows"][0]["runs"][0]["measures"]["quality"]["recall"] == 1.0


def test_the_older_names_of_options_compare_too(models: Path, tmp_path: Path) -> None:
    test = write_sequences(tmp_path / "test.jsonl", 12)
    given = (
        "--test-data",
        str(test),
        "--tiny-model-path",
        str(models / "one"),
        "--distil-model-path",
        str(models / "two"),
    )
    done = ran("compare", *given)
    assert done.exit_code == 0 and "not labelled" in done.output


def test_one_model_is_evaluated_and_the_analyzer_still_is(models: Path, tmp_path: Path) -> None:
    test = write_sequences(tmp_path / "test.jsonl", 20, every=5)
    done = ran("evaluate", "--model", str(models / "one"), "--test", str(test), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["test"]["test_anomalies"] == 4
    assert ran("evaluate", "--model", str(models / "one")).exit_code == 2
    assert "--engine" in ran("evaluate", "analyzer", "--help").output


def test_the_report_tells_the_budget_that_the_thresholds_were_set_from(models: Path, tmp_path: Path) -> None:
    """Models of several budgets have none in common."""
    test = str(write_sequences(tmp_path / "test.jsonl", 12))
    own = json.loads(ran("compare", str(models / "one"), str(models / "two"), "--test", test, "--json").stdout)
    assert own["budget"] == 0.02
    a_detector(tmp_path / "strict", "autoencoder", 10, budget=0.01)
    both = ("compare", str(models / "one"), str(tmp_path / "strict"), "--test", test, "--json")
    refused = ran(*both)
    assert refused.exit_code == 2 and "--alarm-budget" in refused.output
    assert json.loads(ran(*both, "--alarm-budget", "0.05").stdout)["budget"] == 0.05


def test_a_test_of_its_own_is_limited_too(models: Path, tmp_path: Path) -> None:
    test = write_sequences(tmp_path / "test.jsonl", 20, every=5)
    (tmp_path / "train.jsonl").write_text(test.read_text())
    said = {"name": "own", "kind": "sessions", "train": "train.jsonl", "test": "test.jsonl"}
    (tmp_path / "dataset.json").write_text(json.dumps(said))
    done = ran("evaluate", "--model", str(models / "one"), "--test", str(tmp_path), "--sample-limit", "7", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["test"]["test_windows"] == 7


def test_a_directory_that_proves_nothing_is_refused(tmp_path: Path) -> None:
    done = ran("evaluate", "--model", str(tmp_path), "--test", "x.jsonl")
    assert done.exit_code == 2 and "holds no model" in done.output


def test_a_file_is_scanned_by_a_trained_model(models: Path, tmp_path: Path) -> None:
    lines = [line for window in normal_windows(30, seed=8) for line in window]
    lines.insert(100, FAILURE)
    path = tmp_path / "today.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    done = ran("scan", "--model", str(models / "two"), str(path), "--json")
    assert done.exit_code == 1, done.output
    assert 101 in [number for finding in json.loads(done.stdout)["findings"] for number in finding["line_numbers"]]


def test_scoring_needs_no_torch(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    from loglynx.trained_model import load_trained

    assert load_trained(models / "one").score([()]).strangeness.tolist() == [0.0]


def test_a_run_of_several_processes_goes_on_with_as_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of two processes takes two batches, so one alone would end elsewhere."""
    data = write_sequences(tmp_path / "data.jsonl", 40)
    given = ("train", "--data", str(data), "--model-type", "autoencoder", "--epochs", "1", "-o", str(tmp_path / "m"))
    monkeypatch.setattr(Peers, "join", lambda: Peers(count=2))
    monkeypatch.setattr(Peers, "average_gradients", lambda *_: None)
    monkeypatch.setattr(Peers, "agree", lambda _, value, device: value)
    several = ran(*given, "--batch-size", "4")
    assert several.exit_code == 0, several.output
    monkeypatch.undo()
    alone = ran(*given, "--batch-size", "4", "--resume")
    assert alone.exit_code == 2 and "number of processes" in alone.output
