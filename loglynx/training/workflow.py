"""From raw logs to trained, compared detectors in seven steps, each skipped when it was done already.

    1 analyze   what the file looks like              analysis.json
    2 convert   lines into labelled sequences         data/sequences.jsonl
    3 split     in time: training and test            data/train.jsonl, data/test.jsonl
    4 tinylogbert, 5 logbert_distil   train each      models/NAME, checkpoints/NAME-...
    6 compare   both on the test                      comparison/
    7 detect    judge the test by both                detections.json

A step is done when it left its mark: a digest of what went in, of its options and of what came out. Another file,
other options or a changed result make it run again, and every step behind it. Raises CommandFailed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loglynx.comparison.plan import ComparisonPlan
from loglynx.comparison.run import compare_on, write_report
from loglynx.failures import CommandFailed
from loglynx.trained_model import load_trained
from loglynx.training.analysis import analyze
from loglynx.training.cases import Reading, read_cases
from loglynx.training.run import Asked, run_training
from loglynx.training.sequence_file import write_sequences
from loglynx.training.splitting import TEST_SHARE, overlap_of
from loglynx.training.steps import Steps, digest, digest_of
from services.trainer.pace import Say

MODELS = ("tinylogbert", "logbert_distil")


@dataclass(frozen=True, slots=True)
class Workflow:
    """What a person asked for. simulated_ratio: of anomalies simulated in the report, and in no figure of it."""

    raw_logs: str
    output: Path
    epochs: int = 3
    batch_size: int = 32
    sample_limit: int | None = None
    window: str = "fixed:20"
    has_label_column: bool = False
    simulated_ratio: float = 0.0
    budget: float = 0.01
    seed: int = 0
    device: str = "auto"
    threads: int = 1


def run_workflow(asked: Workflow, say: Say) -> dict[str, Any]:
    """Run what is not done yet. What each step says of itself, by its name, with whether it was skipped."""
    data, out = asked.output / "data", asked.output
    try:
        (out / "done").mkdir(parents=True, exist_ok=True)
        data.mkdir(exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{out}: {error.strerror}", "give --output-dir a directory") from error
    raw = digest(Path(asked.raw_logs))
    cutting = {"window": asked.window, "limit": asked.sample_limit, "label_column": asked.has_label_column}
    training: dict[str, Any] = {
        "epochs": asked.epochs,
        "batch": asked.batch_size,
        "budget": asked.budget,
        "seed": asked.seed,
    }
    training |= {"device": asked.device, "simulated": asked.simulated_ratio}
    sequences, train, test = data / "sequences.jsonl", data / "train.jsonl", data / "test.jsonl"
    steps = Steps(out / "done", 7, say)
    steps.run("analyze", raw, {}, out / "analysis.json", lambda: analyze(asked.raw_logs, out / "analysis.json"))
    steps.run("convert", raw, cutting, sequences, lambda: _convert(asked, sequences))
    gap = overlap_of(asked.window)
    parting = {"test": TEST_SHARE, "gap": gap}
    steps.run("split", digest(sequences), parting, data, lambda: _split(sequences, train, test, gap))
    for model_type in MODELS:
        target = out / "models" / model_type
        options = {**training, "window": asked.window}
        work = _trainer(asked, model_type, train, target, options, say)
        steps.run(model_type, digest(train), options, target, work)
    directories = [out / "models" / name for name in MODELS]
    models = "".join(digest(directory) for directory in directories) + digest(test)
    steps.run("compare", models, {}, out / "comparison", lambda: _compare(directories, test, out / "comparison"))
    steps.run("detect", models, {}, out / "detections.json", lambda: _detect(directories, test, out))
    return steps.said


def _convert(asked: Workflow, sequences: Path) -> dict[str, Any]:
    reading = Reading(asked.window, asked.has_label_column, asked.sample_limit)
    read = read_cases(asked.raw_logs, reading)
    write_sequences(sequences, read.cases, read.is_told)
    return {"sequences": len(read.cases), "is_labelled": read.is_told}


def _split(sequences: Path, train: Path, test: Path, gap: int) -> dict[str, Any]:
    """In time: what is tested on came after what was trained on, and ``gap`` windows that may share lines with it."""
    read = read_cases(str(sequences), Reading())
    cut = int((1 - TEST_SHARE) * len(read.cases))
    write_sequences(train, read.cases[:cut], read.is_told)
    tested = read.cases[cut + gap :]
    if not tested:
        raise CommandFailed("too few windows to test on", "give more lines, or a smaller --window")
    write_sequences(test, tested, read.is_told)
    return {"train": cut, "test": len(tested)}


def _trainer(
    asked: Workflow, model_type: str, train: Path, target: Path, options: Mapping[str, Any], say: Say
) -> Callable[[], dict[str, Any]]:
    def work() -> dict[str, Any]:
        read = read_cases(str(train), Reading())
        normal = tuple(case for case in read.cases if not case.is_anomaly)
        unlabelled = type(read)(read.name, normal, asked.window, False, read.digest)
        checkpoints = asked.output / "checkpoints" / f"{model_type}-{digest_of(read.digest, options)}"
        wanted = Asked(
            model_type, target, checkpoints, True, asked.epochs, asked.batch_size, None,
            asked.simulated_ratio, asked.budget, asked.seed, asked.device, "auto", asked.threads,
        )  # fmt: skip
        report = run_training(unlabelled, wanted, say)
        assert report is not None
        found = {"version": report["version"], "metrics": report["metrics"]}
        return {**found, "simulated": report["simulated"]} if "simulated" in report else found

    return work


def _compare(directories: list[Path], test: Path, output: Path) -> dict[str, Any]:
    found, report = compare_on(ComparisonPlan(tuple(directories), str(test)))
    write_report(found, report, output)
    rows = zip(report["models"], report["test"]["rows"], strict=True)
    return {model["name"]: row["runs"][0]["measures"]["quality"] for model, row in rows}


def _detect(directories: list[Path], test: Path, output: Path) -> dict[str, Any]:
    """Every window that a model flags, with its lines."""
    cases = read_cases(str(test), Reading()).cases
    flagged: dict[str, list[dict[str, Any]]] = {}
    for directory in directories:
        scores = load_trained(directory).score([case.events for case in cases])
        flagged[directory.name] = [
            {
                "window": at,
                "strangeness": round(float(scores.strangeness[at]), 4),
                "threshold": round(scores.threshold, 4),
                "lines": [event.text for event in case.events],
            }
            for at, case in enumerate(cases)
            if scores.strangeness[at] > scores.threshold
        ]
    (output / "detections.json").write_text(
        json.dumps(flagged, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace"
    )
    return {name: len(windows) for name, windows in flagged.items()}
