"""Rows of the staged pipeline, from normal life to named classes of anomalies."""

from __future__ import annotations

from lineage.row import Row, Shown

SMALL = "--expert-steps 40 --class-steps 60 --folds 2"


def stage(name: str) -> str:
    return f"loglynx pipeline deeplog -o found {SMALL} --stage {name} --json"


def report(shown: Shown) -> dict[str, object]:
    read: dict[str, object] = shown.read("found/report/report.json")
    return read


ROWS = [
    Row(
        53,
        "Synthetic data",
        "`loglynx generate sequences`",
        (
            "loglynx generate sequences --count 160 --seed 5 --language en --anomaly-share 0.4 -o kinds-of-faults.jsonl",
        ),
        (lambda shown: 50 < sum(row["label"] for row in shown.read("kinds-of-faults.jsonl")) < 80,),
    ),
    Row(
        54,
        "Stage 1: an LSTM of normal life, with a validation part and early stopping",
        "`loglynx pipeline deeplog --stage expert`",
        (f"loglynx pipeline deeplog --data kinds-of-faults.jsonl -o found {SMALL} --stage expert --json",),
        (lambda shown: shown.codes == [0], lambda shown: list((shown.at / "found/expert").iterdir())),
        needs=(53,),
    ),
    Row(
        55,
        "Stage 2: deviation, statistics and patterns of each sequence",
        "`loglynx pipeline deeplog --stage features`",
        (
            stage("features"),
            "python -c \"import numpy; print(*numpy.load('found/features/features.npy').shape, "
            "*numpy.load('found/features/labels.npy').shape)\"",
        ),
        (
            lambda shown: shown.codes == [0, 0],
            lambda shown: shown[1].out.split()[0] == shown[1].out.split()[2] == "160",
        ),
        needs=(54,),
    ),
    Row(
        56,
        "Stage 3: clusters of anomalies become classes",
        "`loglynx pipeline deeplog --stage clusters`",
        (stage("clusters"),),
        (
            lambda shown: shown.json()["clusters"]["clusters"] >= 2,
            lambda shown: shown.has("found/clusters/cluster_labels.npy"),
        ),
        needs=(55,),
    ),
    Row(
        57,
        "Stage 4: a classifier from raw lines to a class",
        "`loglynx pipeline deeplog --stage classify`, `judge`",
        (stage("classify"), "loglynx pipeline deeplog judge found --data kinds-of-faults.jsonl --json"),
        (
            lambda shown: len(shown.json(1)) == 160,
            lambda shown: len({row["class"] for row in shown.json(1)}) >= 2,
        ),
        needs=(56,),
    ),
    Row(
        58,
        "All stages by one command",
        "`loglynx pipeline deeplog`",
        (f"loglynx pipeline deeplog --data kinds-of-faults.jsonl -o found {SMALL} --json",),
        (
            lambda shown: shown.json()["expert"]["skipped"] and shown.json()["classify"]["skipped"],
            lambda shown: shown.has("found/report/report.html"),
        ),
        needs=(57,),
    ),
    Row(
        59,
        "Diagnosis of the base model, one configuration, results and pictures",
        "`found/expert`, `found/done`, `found/report`",
        (f"loglynx pipeline deeplog -o found {SMALL} --stage report --json",),
        (
            lambda shown: "diagnosis" in report(shown),
            lambda shown: shown.read("found/report/report.html").count("data:image/png;base64,") >= 4,
        ),
        needs=(58,),
    ),
]
