"""Rows of measuring, comparing, and the whole way."""

from __future__ import annotations

from lineage.row import Row, Shown

SCORES = "[0.2, 0.8, 0.3, 0.9, 0.1], [0, 1, 0, 1, 0]"
WORKFLOW = "loglynx workflow --raw-logs app.log --epochs 1 --batch-size 8 --sample-limit 70 --output-dir workflow"


def quality_of(shown: Shown, place: int = 0) -> dict[str, float]:
    """Of the first model of a report."""
    return shown.json(place)["test"]["rows"][0]["runs"][0]["measures"]["quality"]


ROWS = [
    Row(
        60,
        "ROC-AUC, precision and recall, PR-AUC with the best threshold",
        "`loglynx evaluate`; the best threshold is called oracle, a ceiling",
        ("loglynx evaluate --model tiny --test test.jsonl --json",),
        (
            lambda shown: 0 < quality_of(shown)["roc_auc"] <= 1,
            lambda shown: 0 < quality_of(shown)["average_precision"] <= 1,
            lambda shown: 0 < shown.json()["models"][0]["oracle"]["f1"] <= 1,
        ),
        needs=(18,),
    ),
    Row(
        61,
        "Pictures: distribution of scores, normal beside abnormal, t-SNE of the summaries",
        "`loglynx compare -o`, `loglynx/comparison/figures.py`",
        ("loglynx evaluate --model tiny --test test.jsonl -o pictures",),
        (
            lambda shown: shown.has("pictures/scores.png", "pictures/embeddings.png", "pictures/report.html"),
            lambda shown: (shown.at / "pictures/embeddings.png").read_bytes().startswith(b"\x89PNG"),
        ),
        needs=(18,),
    ),
    Row(
        62,
        "The N strangest logs",
        "`loglynx evaluate --top`, `compare --top`",
        ("loglynx evaluate --model tiny --test test.jsonl --top 3 --json",),
        (
            lambda shown: len(shown.json()["models"][0]["strangest"]) == 3,
            lambda shown: shown.json()["models"][0]["strangest"][0]["lines"][0]["text"],
        ),
        needs=(18,),
    ),
    Row(
        63,
        "`evaluate_scores(scores, labels)`, `visualize_results(...)`",
        "`loglynx/score_quality.py`",
        (
            'python -c "from loglynx.score_quality import evaluate_scores, visualize_results; '
            f"print(float(evaluate_scores({SCORES}))); visualize_results({SCORES}, 'own-scores')\"",
        ),
        (lambda shown: float(shown[0].out) == 1.0, lambda shown: list((shown.at / "own-scores").glob("*.png"))),
    ),
    Row(
        64,
        "Comparison tool: ROC, PR, time, embeddings",
        "`loglynx compare`",
        (
            "loglynx compare --test-data test.jsonl --tiny-model-path tiny --distil-model-path distil -o compared",
        ),
        (
            lambda shown: shown.codes == [0],
            lambda shown: shown.has(*(f"compared/{name}.png" for name in ("roc", "precision_recall", "embeddings"))),
            lambda shown: all(m["ms_per_window"] > 0 for m in shown.read("compared/report.json")["models"]),
        ),
        needs=(18, 19),
    ),
    Row(
        65,
        "TinyLogBERT beside LogBERT-Distil beside LogBERT",
        "`loglynx compare`; `train --model-type logbert`",
        (
            "loglynx train --data app.log --model-type logbert --window fixed:10 --epochs 1 --batch-size 16 --sample-limit 30 -o logbert",
            "loglynx compare tiny distil logbert --test test.jsonl --json",
        ),
        (
            lambda shown: [m["model_type"] for m in shown.json(1)["models"]] == ["tinylogbert", "logbert_distil", "logbert"],
            lambda shown: (shown.at / "logbert/graph.onnx").stat().st_size
            > 10 * (shown.at / "distil/graph.onnx").stat().st_size,
        ),
        needs=(18, 19),
    ),
    Row(
        66,
        "The whole way in seven steps",
        "`loglynx workflow`",
        (WORKFLOW, WORKFLOW + " --json"),
        (
            lambda shown: shown.codes == [0, 0],
            lambda shown: shown.has(
                "workflow/analysis.json", "workflow/data/train.jsonl", "workflow/data/test.jsonl",
                "workflow/models/tinylogbert", "workflow/models/logbert_distil", "workflow/comparison/report.html",
                "workflow/detections.json",
            ),
            lambda shown: [step.get("skipped") for step in shown.json(1).values()] == [True] * len(shown.json(1)),
        ),
    ),
]  # fmt: skip
