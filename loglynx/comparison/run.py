"""From directories and a test to a written report: what ``evaluate``, ``compare`` and ``workflow`` share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from loglynx.comparison.compare import Comparison, compare
from loglynx.comparison.plan import ComparisonPlan
from loglynx.comparison.report import as_html, as_json
from loglynx.failures import CommandFailed
from loglynx.trained_model import SESSIONS, TrainedModel, load_trained
from loglynx.training.cases import Reading, read_cases


def compare_on(plan: ComparisonPlan) -> tuple[Comparison, dict[str, Any]]:
    """The comparison, and its report."""
    models = [load_trained(directory, plan.budget) for directory in plan.models]
    rule = plan.window or window_of(models)
    read = read_cases(plan.test, Reading(rule, plan.has_label_column, plan.limit))
    judged = (read.test or read.cases)[: plan.limit]
    share = budget_of(models) if plan.budget is None else plan.budget
    found = compare(models, judged, read.is_told, read.name, share, plan.top, lambda *_: None)
    return found, as_json(found, share)


def budget_of(models: Sequence[TrainedModel]) -> float:
    """The share of normal windows that the thresholds of all of them let be flagged."""
    budgets = {model.budget for model in models}
    if len(budgets) > 1:
        raise CommandFailed(
            "these models were trained for different shares of alarms", "say which with --alarm-budget"
        )
    return budgets.pop()


def window_of(models: Sequence[TrainedModel]) -> str:
    """The rule that all models were trained with; for sessions it does not matter."""
    rules = {model.window for model in models if model.window != SESSIONS}
    if len(rules) > 1:
        raise CommandFailed("these models were trained on windows of different kinds", "say which with --window")
    return rules.pop() if rules else "fixed:20"


def write_report(comparison: Comparison, report: dict[str, Any], output: Path) -> list[Path]:
    """``report.json``, ``report.html`` and each picture."""
    try:
        draw = import_module("loglynx.comparison.figures").draw
    except ImportError as error:
        raise CommandFailed(f"the report needs {error.name}", "pip install 'loglynx[bench]'") from error
    pictures: dict[str, bytes] = draw(comparison)
    written = {
        "report.json": (json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode(),
        "report.html": as_html(comparison, report, pictures).encode(errors="replace"),
        **{f"{name}.png": content for name, content in pictures.items()},
    }
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, content in written.items():
            (output / name).write_bytes(content)
    except OSError as error:
        raise CommandFailed(f"{output}: {error.strerror}", "give --output a directory") from error
    return [output / name for name in written]
