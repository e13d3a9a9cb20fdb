from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from bench_cases import a_task, normal_cases

from loglynx.bench.report import SCHEMA, as_json
from loglynx.bench.results import RowResult, TaskResult
from loglynx.bench.rows import rows_named
from loglynx.bench.runner import run_task
from loglynx.bench.tables import as_markdown, summary
from loglynx.bench.task import Task

ROWS = rows_named("new-template,length,iforest")


def result_of(task: Task | None = None) -> TaskResult:
    result = run_task(task or a_task(), ROWS, 2, 0.01, lambda *_: None)
    result.rows.append(RowResult("deeplog", failure="needs torch, which is not installed: the extra trainer"))
    return result


def without_anomalies() -> TaskResult:
    task = a_task()
    return result_of(Task("quiet", "sessions", task.fit, tuple(normal_cases(20, seed=5))))


def test_json_is_strict_and_has_its_schema() -> None:
    report = json.loads(json.dumps(as_json([result_of()], 0.01), allow_nan=False))
    assert (report["schema"], report["budget"]) == (SCHEMA, 0.01)
    (task,) = report["tasks"]
    assert (task["name"], task["fit_windows"], task["test_windows"], task["test_anomalies"]) == (
        "sessions",
        100,
        60,
        10,
    )
    assert [row["row"] for row in task["rows"]] == ["new-template", "length", "iforest", "deeplog"]
    assert [len(row["runs"]) for row in task["rows"]] == [1, 1, 2, 0]
    assert [row["is_deterministic"] for row in task["rows"]] == [True, True, False, False]
    assert task["rows"][3]["failure"].startswith("needs torch")


STABLE = {
    "measures": {
        "quality", "distinct", "novel", "false_alarm_ratio", "thirds", "intervals", "threshold", "localisation",
        "episodes", "episodes_hit", "false_alerts_per_1000",
    },
    "quality": {
        "windows", "anomalies", "flagged", "false_alarms", "precision", "recall", "f1", "roc_auc",
        "average_precision", "oracle_f1", "recall_at_1000", "recall_at_100",
    },
    "intervals": {"f1", "average_precision", "roc_auc"},
    "localisation": {"hits", "top1", "top3", "lines", "wrong_lines", "average_precision", "oracle_f1"},
    "cost": {
        "fit_cpu_s", "score_cpu_s", "scored_windows", "scored_lines", "lines_per_s", "memory_mb", "memory_method",
    },
}  # fmt: skip


def test_names_of_figures_are_a_promise_of_this_schema() -> None:
    run: dict[str, Any] = as_json([result_of()], 0.01)["tasks"][0]["rows"][0]["runs"][0]
    assert SCHEMA == 1, "a new schema has new names"
    assert run["measures"].keys() == STABLE["measures"]
    assert run["cost"].keys() == STABLE["cost"]
    for part in ("quality", "intervals", "localisation"):
        assert run["measures"][part].keys() == STABLE[part]


def test_figures_without_meaning_are_null() -> None:
    row = as_json([without_anomalies()], 0.01)["tasks"][0]["rows"][0]
    assert row["runs"][0]["measures"]["quality"]["f1"] is None
    assert row["runs"][0]["measures"]["intervals"]["f1"] == [None, None]
    assert row["spread"]["quality.f1"] == {"mean": None, "low": None, "high": None}


def test_spread_over_seeds() -> None:
    row = result_of().rows[2]
    values = [run.measures.threshold for run in row.runs]
    spread = row.spreads()["threshold"]
    assert (spread.low, spread.high) == (min(values), max(values))
    assert math.isclose(spread.mean, float(np.mean(values)))
    assert spread.low < spread.high


def test_every_line_of_the_markdown_table_has_every_column() -> None:
    text = as_markdown([result_of(), without_anomalies()], 0.01)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1
    assert sum(line.startswith("| `") for line in rows) == 6
    assert "`deeplog` has no figures: needs torch" in text
    assert "nan" not in text.lower().replace("anomalous", "")


def test_the_oracle_is_never_shown_as_a_result() -> None:
    text = as_markdown([result_of()], 0.01)
    header = next(line for line in text.splitlines() if line.startswith("| row"))
    assert "*oracle F1*" in header
    assert "a ceiling, not a result" in text


def test_the_summary_for_the_terminal() -> None:
    lines = summary(result_of()).splitlines()
    assert lines[0] == "sessions: 60 windows, 10 anomalous"
    assert lines[2].split()[:2] == ["new-template", "1.000"]
    assert lines[-1].split(maxsplit=1) == ["deeplog", "needs torch, which is not installed: the extra trainer"]
    assert "nan" not in summary(without_anomalies()).lower().replace("anomalous", "")
