"""A report as JSON and as Markdown. Labels are people's own words: pipes and line ends are taken out of tables."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from loglynx.evaluation.measures import Measures
from loglynx.evaluation.runs import Report

_ROWS: tuple[tuple[str, str], ...] = (
    ("accuracy", "accuracy"),
    ("macro_f1", "macro-F1"),
    ("ece", "expected calibration error"),
    ("accuracy_at_80", "accuracy of the surest 80 %"),
    ("evidence_f1", "evidence F1"),
    ("entity_exact", "rows whose names are all given"),
    ("entity_precision", "given names that are expected"),
    ("entity_recall", "expected names that are given"),
    ("entity_f1", "names, F1"),
    ("grounding", "grounded answers"),
    ("language", "right language"),
    ("latency_p50_ms", "latency, median, ms"),
    ("latency_p95_ms", "latency, 95 %, ms"),
)
_MOST_CLASSES = 60


def as_json(report: Report) -> dict[str, Any]:
    """Plain values; no NaN."""
    return {
        "engine": report.engine,
        "adapted": report.is_adapted,
        "train_rows": report.train_rows,
        "test_rows": report.ours.rows,
        "failures": report.failures,
        "peak_memory_mb": round(report.peak_memory_mb, 1),
        "held_out_accuracy": _plain(report.held_out_accuracy),
        "ours": _measures(report.ours),
        "baseline": None if report.baseline is None else _measures(report.baseline),
    }


def as_markdown(report: Report) -> str:
    """One table of figures, one of classes."""
    columns = [("head over " if report.is_adapted else "") + report.engine, "TF-IDF + LR"]
    shown = [report.ours, report.baseline]
    lines = [
        "# Evaluation of the analyzer",
        "",
        f"{report.ours.rows:,} rows judged, {report.train_rows:,} learned from; {report.failures:,} without an "
        f"answer; peak memory {report.peak_memory_mb:.0f} MB. Intervals: 95 %, bootstrap by group.",
        "",
        f"| | {columns[0]} | {columns[1]} |",
        "|---|---|---|",
        *(f"| {title} | {_cell(shown[0], key)} | {_cell(shown[1], key)} |" for key, title in _ROWS),
        "",
        "| label | rows | recall | F1 | F1 of TF-IDF + LR |",
        "|---|---|---|---|---|",
    ]
    for label, (rows, recall, f1) in list(report.ours.per_class.items())[:_MOST_CLASSES]:
        other = report.baseline.per_class[label][2] if report.baseline else None
        lines.append(
            f"| {_tame(label)} | {rows} | {recall:.2f} | {f1:.2f} | {'' if other is None else f'{other:.2f}'} |"
        )
    return "\n".join(lines) + "\n"


def _measures(measures: Measures) -> dict[str, Any]:
    return {key: _plain(value) for key, value in asdict(measures).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def _cell(measures: Measures | None, key: str) -> str:
    value = None if measures is None else getattr(measures, key)
    if value is None:
        return ""
    interval = getattr(measures, f"{key}_interval", None)
    beside = f" {interval_text(interval)}" if interval else ""
    return (f"{value:.1f}" if key.startswith("latency") else f"{value:.3f}") + beside


def interval_text(interval: tuple[float, float]) -> str:
    """``(0.61–0.74)``; "" where nothing is known."""
    return "" if math.isnan(interval[0]) else f"({interval[0]:.2f}–{interval[1]:.2f})"


def _tame(label: str) -> str:
    return label.replace("|", "/").replace("\n", " ")[:80]
