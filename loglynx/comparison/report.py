"""A comparison as JSON for programs and as one page for people, pictures and all in a single file."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loglynx.bench.report import as_json as bench_json
from loglynx.bench.results import plain_figures
from loglynx.comparison.compare import Comparison, StrangeWindow
from loglynx.terminal import safe

_LONGEST_LINE = 400
_MOST_LINES = 60
_CAPTIONS = {
    "roc": "ROC: the dot is the model's own threshold, set without a label",
    "precision_recall": "Precision and recall: the diamond is the best threshold that labels could have picked",
    "scores": "Share of normal and of anomalous windows by score",
    "embeddings": "Where windows lie for each model (t-SNE; distances between groups mean little)",
}


def as_json(comparison: Comparison, budget: float) -> dict[str, Any]:
    """The benchmark's report of one task, and per model what a comparison knows besides."""
    report = bench_json([comparison.result], budget)
    task = report.pop("tasks")[0]
    rows = {row.row: row for row in comparison.result.rows}
    models = []
    for name, model in comparison.models.items():
        cost = rows[name].runs[0].cost
        best = comparison.oracles.get(name)
        models.append(
            {
                "name": name,
                "model_type": model.model_type,
                "version": model.version,
                "is_experimental": model.is_experimental,
                "threshold": plain_figures({"value": rows[name].runs[0].measures.threshold})["value"],
                "oracle": None if best is None else plain_figures(asdict(best)),
                "ms_per_window": round(1000 * cost.score_cpu_s / max(cost.scored_windows, 1), 4),
                "memory_mb": round(cost.memory_mb, 1),
                "strangest": [_strange(window) for window in comparison.strangest[name]],
            }
        )
    return {**report, "test": task, "is_labelled": comparison.is_told, "models": models}


def as_html(comparison: Comparison, report: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """One page that needs nothing else. Every text is escaped: log lines are whatever somebody wrote."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    quality = {row.row: row.runs[0].measures for row in comparison.result.rows}
    embedded = {name: (_CAPTIONS[name], base64.b64encode(content).decode()) for name, content in pictures.items()}
    page: str = environment.get_template("page.html").render(
        report=report, measures=quality, pictures=embedded, figure=_figure
    )
    return page


def summary(report: Mapping[str, Any]) -> str:
    """Plain text of fixed width for the terminal."""
    columns = ("F1", "P", "R", "PR-AUC", "ROC-AUC", "(oracle F1)", "flagged", "ms/window", "MB")
    lines = [f"{'':20}" + "".join(f"{name:>12}" for name in columns)]
    for model, row in zip(report["models"], report["test"]["rows"], strict=True):
        found = row["runs"][0]["measures"]["quality"]
        best = (model["oracle"] or {}).get("f1")
        cells = [found[name] for name in ("f1", "precision", "recall", "average_precision", "roc_auc")]
        if not report["is_labelled"]:
            cells = [None] * len(cells)
        cells += [best, found["flagged"], model["ms_per_window"], model["memory_mb"]]
        mark = " (exp.)" if model["is_experimental"] else ""
        lines.append(f"{safe(model['name'], 14) + mark:20}" + "".join(f"{_figure(cell):>12}" for cell in cells))
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _strange(window: StrangeWindow) -> dict[str, Any]:
    lines = [
        {"text": safe(text, _LONGEST_LINE), "surprise": round(value, 3)}
        for text, value in zip(window.lines[:_MOST_LINES], window.surprise, strict=False)
    ]
    return {
        "window": window.at,
        "strangeness": round(window.strangeness, 4),
        "is_flagged": window.is_flagged,
        "is_anomaly": window.is_anomaly,
        "lines": lines,
        "lines_left_out": max(len(window.lines) - _MOST_LINES, 0),
    }
