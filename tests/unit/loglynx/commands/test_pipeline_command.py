"""loglynx pipeline deeplog: from labelled sessions to clusters, names, a classifier and a page, and what is refused."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faulty_sessions import FAULTS, session_rows, write_sessions
from typer.testing import CliRunner

from loglynx.cli import app
from loglynx.deeplog import run
from loglynx.deeplog.rows_in import read_labelled
from loglynx.evaluation.labelled_rows import read_rows
from loglynx.training.cases import Reading
from services.trainer.pipelines.deeplog import classifier
from services.trainer.pipelines.deeplog.sequences import write_rows

SMALL = ("--expert-steps", "60", "--class-steps", "200", "--folds", "2")


def ran(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["pipeline", "deeplog", *arguments])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sessions(tmp_path_factory.mktemp("data") / "sessions.jsonl", session_rows(40, 15))


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("found") / "found"
    done = ran("--data", str(data), "-o", str(output), *SMALL, "--json")
    assert done.exit_code == 0, done.output
    return output


@pytest.fixture
def found(made: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "found"))


def report_of(output: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((output / "report" / "report.json").read_text())
    return read


def test_the_kinds_of_faults_are_discovered_without_their_labels(made: Path) -> None:
    report = report_of(made)
    assert report["clusters"]["clusters"] == len(FAULTS)
    assert report["agreement"]["fit"]["purity"] == 1.0
    assert report["agreement"]["test"]["purity"] == 1.0
    words = " ".join(each["words"] for each in report["described"])
    assert "request timed out" in words
    assert "disk failure on" in words


def test_the_classifier_tells_the_discovered_classes_on_sequences_that_nothing_learnt_from(made: Path) -> None:
    table = report_of(made)["confusion"]
    counts = np.array(table["counts"])
    assert counts.sum() == report_of(made)["test"] > 10
    assert counts.max(axis=1).sum() >= 0.85 * counts.sum()  # each label goes to one class


def test_no_file_needs_pickle(made: Path) -> None:
    features = np.load(made / "features" / "features.npy", allow_pickle=False)
    labels = np.load(made / "features" / "labels.npy", allow_pickle=False)
    clusters = np.load(made / "clusters" / "cluster_labels.npy", allow_pickle=False)
    names = json.loads((made / "features" / "names.json").read_text())
    assert features.shape == (len(labels), len(names["features"])) == (len(clusters), len(names["blocks"]))
    assert np.isfinite(features).all()


def test_the_page_needs_nothing_else_and_shows_every_picture(made: Path) -> None:
    page = (made / "report" / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 6
    assert "http://" not in page
    assert "<script" not in page


def test_stages_that_were_done_with_the_same_options_are_skipped(data: Path, found: Path) -> None:
    said = json.loads(ran("--data", str(data), "-o", str(found), *SMALL, "--json").stdout)
    assert [name for name, stage in said.items() if not stage["skipped"]] == []


def test_one_stage_alone_needs_those_before_it_done_with_the_same_options(found: Path) -> None:
    assert ran("-o", str(found), *SMALL, "--stage", "clusters").exit_code == 0
    refused = ran("-o", str(found), *SMALL[2:], "--stage", "clusters")
    assert refused.exit_code == 2
    assert "expert was not done with this data and these options" in refused.output


def test_it_is_said_how_many_sequences_without_a_label_are_believed_normal(data: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in data.read_text().splitlines()]
    for row in rows[:7]:
        del row["label"]
    partly = write_sessions(tmp_path / "partly.jsonl", rows)
    done = ran("--data", str(partly), "-o", str(tmp_path / "out"), "--stage", "report")
    assert f"7 of {len(rows)} sequences have no label and count as normal" in done.output


def test_experts_of_another_test_part_are_not_gone_on_with(found: Path) -> None:
    """They saw sequences that test now."""
    refused = ran("-o", str(found), *SMALL, "--test-share", "0.5", "--stage", "expert", "--resume")
    assert refused.exit_code == 2
    assert "leave out --resume" in refused.output


def test_a_stage_whose_result_was_changed_runs_again(found: Path) -> None:
    (found / "clusters" / "cluster_labels.npy").write_bytes(b"")
    said = json.loads(ran("-o", str(found), *SMALL, "--stage", "clusters", "--json").stdout)
    assert said["features"]["skipped"]
    assert not said["clusters"]["skipped"]


def test_a_named_class_becomes_rows_for_the_analyzer_and_the_answer_of_the_classifier(
    data: Path, found: Path
) -> None:
    disk = next(each["cluster"] for each in report_of(found)["described"] if "disk failure" in each["words"])
    said = json.loads(ran("name", str(found), str(disk), "disk_full", "--json").stdout)
    assert said["is_category"]
    assert set(said["sequences"]) == {"benign", "disk_full"}
    rows = list(read_rows(str(found / "named.jsonl.gz")))
    assert all(any("disk failure" in line for line in row.lines) == (row.label == "disk_full") for row in rows)
    assert all(row.group for row in rows)
    judged = json.loads(ran("judge", str(found), "--data", str(data), "--json").stdout)
    labels = [json.loads(line)["label"] for line in data.read_text().splitlines()]
    called = [each["class"] for each, label in zip(judged, labels, strict=True) if label == "disk"]
    assert called.count("disk_full") >= 0.85 * len(called)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99", "disk_full"), "there is no cluster 99"),
        (("0", "unknown"), "cannot be a name"),
        (("0", "\x1b[31mred"), "cannot be a name"),
    ],
)
def test_what_cannot_be_named_is_refused(arguments: tuple[str, str], said: str, found: Path) -> None:
    refused = ran("name", str(found), *arguments)
    assert refused.exit_code == 2
    assert said in refused.output
    assert "\x1b[31m" not in refused.output
    assert not (found / "class_names.json").exists()


@pytest.mark.parametrize("rows", [session_rows(40, 15)[::-1], session_rows(30, 10)])
def test_clusters_of_other_sequences_are_not_named(rows: list[dict[str, Any]], found: Path, tmp_path: Path) -> None:
    """Whether there are as many or not: each name would go to somebody else's lines."""
    other = write_sessions(tmp_path / "other.jsonl", rows)
    write_rows(found / "sequences.jsonl.gz", read_labelled(str(other), Reading()))
    refused = ran("name", str(found), "0", "disk_full")
    assert refused.exit_code == 2
    assert "run the stages again" in refused.output
    assert not (found / "class_names.json").exists()


def test_names_are_forgotten_before_other_clusters_are_written(found: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ran("name", str(found), "0", "disk_full").exit_code == 0

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "write_clusters", killed)
    np.save(found / "clusters" / "cluster_labels.npy", np.zeros(3, dtype=np.int64))
    ran("-o", str(found), *SMALL, "--stage", "clusters")
    assert not (found / "class_names.json").exists()


def test_judging_imports_no_torch(data: Path, made: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from loglynx.deeplog.judge import judge;"
        f"print(judge(Path({str(made)!r}), [['one line'], ['two', 'lines']])[0].name);"
        "assert not {'torch', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_classifier_that_was_tampered_with_is_refused(data: Path, found: Path) -> None:
    graph = found / "classifier" / "graph.onnx"
    graph.write_bytes(graph.read_bytes() + b"\0")
    refused = ran("judge", str(found), "--data", str(data))
    assert refused.exit_code == 2
    assert "is not the one that classifier.json describes" in refused.output


def test_a_classifier_that_fails_its_proof_leaves_the_old_one(found: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (found / "classifier" / "graph.onnx").read_bytes()
    monkeypatch.setattr(classifier, "MOST_DIFFERENCE", -1.0)
    short = (*SMALL[:3], "50", *SMALL[4:])
    refused = ran("-o", str(found), *short, "--stage", "classify")
    assert refused.exit_code == 2
    assert "differs from torch" in refused.output
    assert (found / "classifier" / "graph.onnx").read_bytes() == before


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"lines": ["one"], "label": "normal"}] * 3, "too few"),
        ([{"lines": [3]}], "holds no log text"),
        ([], "there is no sequence in it"),
        ([{"lines": ["one"], "label": "Unknown"}], "no class can be called unknown"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(rows: list[dict[str, Any]], said: str, tmp_path: Path) -> None:
    refused = ran("--data", str(write_sessions(tmp_path / "x.jsonl", rows)), "-o", str(tmp_path / "out"))
    assert refused.exit_code == 2
    assert said in refused.output


def test_rows_that_are_kept_say_what_was_read(made: Path) -> None:
    with gzip.open(made / "sequences.jsonl.gz", "rt") as file:
        kept = [json.loads(line) for line in file]
    assert {row["label"] for row in kept} == {"normal", *FAULTS}
