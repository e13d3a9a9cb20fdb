"""Rows of making, converting, dividing and looking at data."""

from __future__ import annotations

from lineage.row import Row, Shown

PARTS = ("train_data.json", "validation_data.json", "test_data.json")


def no_simulated(rows: list[dict[str, object]]) -> bool:
    return not any(row.get("simulated") for row in rows)


def only_tests_are_anomalous(shown: Shown) -> bool:
    """Training on normal life, a few labelled anomalies to validate with, the rest in the test."""
    train, test = ([row["label"] for row in shown.read(f"apart/{part}.jsonl")] for part in ("train", "test"))
    return not any(train) and 0 < sum(test) < len(test)


ROWS = [
    Row(
        8,
        "Sequence generator (8,000 by default)",
        "`loglynx generate sequences`; docs/data-tools.md",
        ("loglynx generate sequences --count 200 --seed 0 --language zh -o log_sequences_strings.json",),
        (
            lambda shown: len(shown.read("log_sequences_strings.json")) == 200,
            lambda shown: len({row["category"] for row in shown.read("log_sequences_strings.json")}) > 5,
        ),
    ),
    Row(
        9,
        "Division 80/10/10 (6,400 / 800 / 800)",
        "`loglynx split`",
        ("loglynx split log_sequences_strings.json",),
        (
            lambda shown: [len(shown.read(part)) for part in PARTS] == [160, 20, 20],
            lambda shown: len({row["id"] for part in PARTS for row in shown.read(part)}) == 200,
        ),
        needs=(8,),
    ),
    Row(
        10,
        "Data to classify anomalies with",
        "`loglynx generate classification`",
        ("loglynx generate classification --count 40 -o anomaly_classification_dataset.json",),
        (
            lambda shown: len(shown.read("anomaly_classification_dataset.json")) == 40,
            lambda shown: (
                {"lines", "label", "severity", "probable_cause"}
                <= set(shown.read("anomaly_classification_dataset.json")[0])
            ),
        ),
    ),
    Row(
        11,
        "Training data in Unsloth's form",
        "`loglynx export --format unsloth`",
        ("loglynx export anomaly_classification_dataset.json --format unsloth",),
        (
            lambda shown: len(shown.read("unsloth_training_data.json")) == 40,
            lambda shown: (
                [turn["role"] for turn in shown.read("unsloth_training_data.json")[0]["conversations"]]
                == ["system", "user", "assistant"]
            ),
        ),
        needs=(10,),
    ),
    Row(
        12,
        "Viewers of the classification data and of Unsloth's form",
        "`loglynx show`",
        (
            "loglynx show anomaly_classification_dataset.json -n 2",
            "loglynx show unsloth_training_data.json -n 1",
        ),
        (
            lambda shown: shown.codes == [0, 0],
            lambda shown: shown.read("anomaly_classification_dataset.json")[0]["label"] in shown[0].out,
            lambda shown: "assistant" in shown[1].out,
        ),
        needs=(10, 11),
    ),
    Row(
        13,
        "Data set into the model's input",
        "`loglynx train` reads what `generate`, `split` and `convert` write",
        (
            "loglynx train --data train_data.json --model-type logbert_distil --epochs 1 --batch-size 8 -o zh-model --json",
        ),
        (
            lambda shown: shown.json()["windows"]["anomalous_left_out"] > 0,
            lambda shown: shown.json()["windows"]["normal"] > 80,
        ),
        needs=(9,),
    ),
    Row(
        22,
        "`log_converter.py -i -o -r -f -a -s`",
        "`loglynx convert`",
        (
            "loglynx convert -i app.log -a --json",
            "loglynx convert -i app.log -o converted.json -r 0.1 -f -s 1",
            "loglynx convert -i app.log",
        ),
        (
            lambda shown: shown.codes == [0, 0, 0],
            lambda shown: shown.json()["lines"] == 1600,
            lambda shown: shown.has("converted.json", "app_jsonl.json"),
        ),
    ),
    Row(
        23,
        "An output that is there is left alone; `--analyze` converts nothing",
        "`loglynx convert`; `loglynx analyze`",
        (
            "loglynx convert app.log -o kept.json",
            "loglynx convert app.log -o kept.json --json",
            "loglynx convert app.log -o kept.json --force --json",
            "loglynx convert today.log --analyze --json",
        ),
        (
            lambda shown: [shown.json(at)["skipped"] for at in (1, 2)] == [True, False],
            lambda shown: shown.json(3)["templates"] > 5 and not shown.has("today_jsonl.json"),
        ),
    ),
    Row(
        24,
        "Simulated anomalies at a ratio, the same for the same seed",
        "`loglynx convert -r -s`; they are marked, and left out of every figure",
        (
            "loglynx convert app.log -o first.json -r 0.2 -s 7",
            "loglynx convert app.log -o again.json -r 0.2 -s 7",
            "loglynx convert app.log -o other.json -r 0.2 -s 8",
            "loglynx train --data first.json --model-type autoencoder --epochs 1 -o unspoiled --json",
        ),
        (
            lambda shown: shown.read("first.json") == shown.read("again.json") != shown.read("other.json"),
            lambda shown: 0.15 < sum(bool(row["simulated"]) for row in _rows(shown)) / len(_rows(shown)) < 0.25,
            lambda shown: shown.json(3)["windows"]["normal"] == sum(not row["simulated"] for row in _rows(shown)),
        ),
    ),
    Row(
        32,
        "`convert FILE -o -r -f`",
        "`loglynx convert`",
        ("loglynx convert access.log -o access.json -r 0 -f",),
        (
            lambda shown: shown.codes == [0],
            lambda shown: shown.read("access.json") and no_simulated(shown.read("access.json")),
        ),
    ),
    Row(
        38,
        "Raw Apache access logs and Linux auth or syslog lines",
        "`shared/core/headers.py`, `parsing.py`",
        ("loglynx analyze access.log --json", "loglynx analyze auth.log --json", "loglynx scan auth.log --json"),
        (
            lambda shown: "access" in shown.json(0)["formats"],
            lambda shown: "syslog" in " ".join(shown.json(1)["formats"]),
            lambda shown: shown.json(1)["with_time"] > 450,
            lambda shown: shown[2].code in (0, 1),
        ),
    ),
    Row(
        39,
        "HDFS and BGL, as LogHub publishes them",
        "`loglynx convert --from loghub`; `loglynx/bench/datasets`",
        (
            "loglynx convert --from loghub blocks.log --labels anomaly_label.csv -o hdfs --json",
            "loglynx convert --from loghub labelled.log --label-column -o bgl --json",
            "loglynx bench --list",
        ),
        (
            lambda shown: shown.json(0)["train"]["rows"] > 20 and shown.json(0)["test"]["anomalies"] > 0,
            lambda shown: shown.json(1)["test"]["anomalies"] > 0,
            lambda shown: "hdfs" in shown[2].out and "bgl" in shown[2].out,
        ),
    ),
    Row(
        52,
        "Normal logs to train on, few labelled anomalies to validate, a mixed test",
        "`loglynx split --train-on-normal`",
        ("loglynx split test.jsonl --shares 60/20/20 --train-on-normal -o apart",),
        (lambda shown: shown.codes == [0], only_tests_are_anomalous),
    ),
]


def _rows(shown: Shown) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = shown.read("first.json")
    return rows
