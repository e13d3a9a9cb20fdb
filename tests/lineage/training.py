"""Rows of training detectors."""

from __future__ import annotations

from lineage.row import Row, Shown

SMALL = "--epochs 1 --batch-size 8 --sample-limit 60"


def trained(name: str, model_type: str) -> object:
    def check(shown: Shown) -> bool:
        said = shown.read(f"{name}/detector.json")
        return said["model_type"] == model_type and shown.has(f"{name}/graph.onnx")

    return check


ROWS = [
    Row(
        2,
        "The small model: line encoder and mixture of experts, one training command",
        "`loglynx train --model-type moe`; `services/trainer/models/moe.py`",
        (
            "loglynx train --data app.log --model-type moe --window fixed:10 --sample-limit 110 --epochs 1 -o moe --json",
        ),
        (
            lambda shown: shown.json()["model_type"] == "moe",
            lambda shown: shown.has("moe/manifest.json", "moe/line_encoder.onnx", "moe/sequence_model.onnx"),
        ),
    ),
    Row(
        15,
        "Ordinary hardware: small models, trained and run on a processor",
        "`docs/training.md`; `docs/models.md`",
        ("loglynx models show shipped --json", "loglynx compare tiny distil --test test.jsonl --json"),
        (
            lambda shown: shown.json(0)["bytes"] < 32_000_000,
            lambda shown: shown.json(0)["manifest"]["training"]["compute"].startswith("cpu"),
            lambda shown: all(model["memory_mb"] < 1000 for model in shown.json(1)["models"]),
        ),
        needs=(18, 19),
    ),
    Row(
        16,
        "No labels: trained on normal logs alone",
        "`loglynx train`",
        ("loglynx train --data labelled.log --label-column --model-type autoencoder --epochs 1 -o half --json",),
        (
            lambda shown: shown.read("tiny.report.json")["data"]["is_labelled"] is False,
            lambda shown: shown.json()["windows"]["anomalous_left_out"] > 0,
        ),
        needs=(18,),
    ),
    Row(
        17,
        "Modular: any part can be swapped",
        "`loglynx scan` with `--model` or `--scorer`; `loglynx models activate`",
        (
            "loglynx scan today.log --json",
            "loglynx scan today.log --model tiny --json",
            "loglynx scan today.log --model distil --json",
            "loglynx scan today.log --baseline app.log --scorer counts --json",
        ),
        (
            lambda shown: set(shown.codes) <= {0, 1},
            lambda shown: len({repr([f["score"] for f in done.json()["findings"]]) for done in shown}) >= 3,
        ),
        needs=(18, 19),
    ),
    Row(
        18,
        "TinyLogBERT",
        "`train --model-type tinylogbert`; `services/trainer/models/tinylogbert.py`",
        (f"loglynx train --data app.log --model-type tinylogbert --window fixed:10 {SMALL} -o tiny",),
        (trained("tiny", "tinylogbert"),),
    ),
    Row(
        19,
        "LogBERT-Distil",
        "`train --model-type logbert_distil`; `services/trainer/models/logbert_distil.py`",
        (f"loglynx train --data app.log --model-type logbert_distil --window fixed:10 {SMALL} -o distil",),
        (trained("distil", "logbert_distil"),),
    ),
    Row(
        20,
        "`train.py`'s options",
        "`loglynx train`",
        (
            "loglynx train --data-file test.jsonl --model-type deeplog --sample-limit 50 --batch-size 8 --epochs 2 "
            "--learning-rate 0.002 --checkpoint-dir kept --anomaly-ratio 0.05 -o options --json",
        ),
        (
            lambda shown: shown.json()["training"]["epochs"] == 2,
            lambda shown: shown.json()["training"]["learning_rate"] == 0.002,
            lambda shown: sum(shown.json()["windows"].values()) == 50,
            lambda shown: "none of these figures is a result" in shown.json()["simulated"]["warning"],
            lambda shown: list((shown.at / "kept").iterdir()),
        ),
    ),
    Row(
        21,
        "Training straight from a raw log",
        "`loglynx train --data app.log`",
        ("loglynx train --data app.log --model-type deeplog --epochs 1 --sample-limit 60 -o deeplog --json",),
        (
            lambda shown: shown.json()["data"]["name"] == "app.log",
            lambda shown: shown.json()["windows"]["normal"] == 60,
        ),
    ),
    Row(
        42,
        "Masked-token training; perplexity as evidence",
        "`services/trainer/learn_masked.py`; scorer `context`",
        (
            "loglynx evaluate --model tiny --test test.jsonl --top 1 --json",
            "loglynx scan today.log --baseline app.log --scorer context --alarm-budget 0.02 --json",
        ),
        (
            # nats per hidden token
            lambda shown: max(line["surprise"] for line in shown.json()["models"][0]["strangest"][0]["lines"]) > 0,
            lambda shown: shown[1].code in (0, 1),
        ),
        needs=(18,),
    ),
    Row(
        49,
        "Prediction of the next template",
        "`train --model-type deeplog`; scorer `order`",
        (
            "loglynx scan today.log --model deeplog --json",
            "loglynx scan today.log --baseline app.log --scorer order --alarm-budget 0.02 --json",
        ),
        (lambda shown: shown.codes[0] == 1, lambda shown: shown.codes[1] in (0, 1)),
        needs=(21,),
    ),
    Row(
        69,
        "Graph of subjects and paths, fused with the sequence (experimental)",
        "`train --model-type gnn`; `shared/core/sequences/subjects.py`",
        (
            f"loglynx train --data app.log --model-type gnn {SMALL} -o graph --json",
            "loglynx evaluate --model graph --test test.jsonl --json",
        ),
        (
            lambda shown: shown.json(0)["is_experimental"] is True,
            lambda shown: shown.json(1)["models"][0]["is_experimental"] is True,
            lambda shown: shown.json(1)["test"]["rows"][0]["runs"][0]["measures"]["quality"]["roc_auc"] > 0.5,
        ),
    ),
]
