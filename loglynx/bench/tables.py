"""A benchmark's results as tables: Markdown for the report, a narrower one for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from loglynx.bench.results import RowResult, Spread, TaskResult

HEADER = (
    "| row | F1 | P | R | PR-AUC | ROC-AUC | R at 1/1000 | R at 1/100 | alarms realised ÷ requested (thirds) "
    "| false alerts / 1,000 "
    "| distinct F1 · PR-AUC | novel F1 · PR-AUC | top-1 · top-3 | episodes | *oracle F1* "
    "| lines/s | fit s | MB | seeds |"
)
LEGEND = """\
P, R and F1 are taken at each detector's own threshold, which knows no label: it comes from the windows that were
fitted on and from the budget. In brackets: 95 % by resampling 20 blocks of time; after ±, half the range over the
seeds. *distinct*: each (multiset of templates, label) once. *novel*: windows whose multiset of templates was not
fitted on. *top-1, top-3*: of the flagged true windows whose wrong lines are known, those with one ranked first, or in
the first three. *false alerts*: runs of false alarms, those within 20 windows as one. *oracle F1* picks its threshold
with the test's labels: a ceiling, not a result. lines/s: scoring, per CPU second. MB: how far the process grew.
"""


def as_markdown(results: Sequence[TaskResult], budget: float) -> str:
    parts = ["# Benchmark\n", f"Budget: {budget:g} of the normal windows may be flagged.\n", LEGEND]
    parts += [_section(result) for result in results]
    return "\n".join(parts)


def _section(result: TaskResult) -> str:
    task = result.task
    rule = HEADER.count("|") - 1
    lines = [
        f"## {task.name}\n",
        f"{len(task.test):,} windows to judge, {result.distinct_windows:,} of them distinct and "
        f"{int(result.is_anomaly.sum()):,} anomalous; fitted on {len(task.fit):,} ({task.train_labels}).\n",
        *([f"{task.note[0].upper()}{task.note[1:]}.\n"] if task.note else []),
        HEADER,
        "|---" * rule + "|",
        *(_line(row) for row in result.rows if row.runs),
        "",
        *(f"- `{row.row}` has no figures: {row.failure}" for row in result.rows if row.failure),
    ]
    return "\n".join(lines) + "\n"


def _line(row: RowResult) -> str:
    spread, first = row.spreads(), row.runs[0]
    measures, cost = first.measures, first.cost

    def of(path: str) -> str:
        return _shown(spread.get(path))

    def with_interval(name: str) -> str:
        low, high = measures.intervals[name]
        shown = of(f"quality.{name}")
        return shown if math.isnan(low) else f"{shown} [{low:.3f}, {high:.3f}]"

    thirds = ", ".join(_ratio(spread[f"thirds.{part}"].mean) for part in (1, 2, 3))
    cells = (
        f"`{row.row}`",
        with_interval("f1"),
        of("quality.precision"),
        of("quality.recall"),
        with_interval("average_precision"),
        with_interval("roc_auc"),
        of("quality.recall_at_1000"),
        of("quality.recall_at_100"),
        f"{_ratio(spread['false_alarm_ratio'].mean)} ({thirds})",
        _ratio(spread["false_alerts_per_1000"].mean),
        f"{of('distinct.f1')} · {of('distinct.average_precision')}",
        f"{of('novel.f1')} · {of('novel.average_precision')}",
        f"{of('localisation.top1')} · {of('localisation.top3')}",
        f"{measures.episodes_hit}/{measures.episodes}" if measures.episodes else "–",
        f"*{of('quality.oracle_f1')}*",
        f"{cost.lines_per_s:,.0f}",
        f"{cost.fit_cpu_s:.1f}",
        f"{cost.memory_mb:.0f}",
        "1, fixed" if row.is_deterministic else str(len(row.runs)),
    )
    return "| " + " | ".join(cells) + " |"


def _shown(spread: Spread | None) -> str:
    if spread is None or math.isnan(spread.mean):
        return "–"
    half = (spread.high - spread.low) / 2.0
    return f"{spread.mean:.3f}" + (f" ±{half:.3f}" if half >= 0.0005 else "")


def _ratio(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:.0f}"


_NARROW = {
    "F1": "quality.f1",
    "P": "quality.precision",
    "R": "quality.recall",
    "PR-AUC": "quality.average_precision",
    "ROC-AUC": "quality.roc_auc",
    "alarms": "false_alarm_ratio",
    "distinct": "distinct.f1",
    "novel": "novel.f1",
    "top-1": "localisation.top1",
    "(oracle)": "quality.oracle_f1",
}


def summary(result: TaskResult) -> str:
    """Plain text of fixed width; alarms: realised over requested; distinct and novel: F1 there; see the legend."""
    lines = [
        f"{result.task.name}: {len(result.is_anomaly):,} windows, {int(result.is_anomaly.sum()):,} anomalous",
        f"  {'':16}" + "".join(f"{name:>9}" for name in _NARROW),
    ]
    for row in result.rows:
        if row.failure:
            lines.append(f"  {row.row:16}{row.failure}")
            continue
        spreads = row.spreads()
        means = {name: spreads[path].mean if path in spreads else math.nan for name, path in _NARROW.items()}
        shown = (
            _ratio(mean) if name == "alarms" else "–" if math.isnan(mean) else f"{mean:.3f}"
            for name, mean in means.items()
        )
        lines.append(f"  {row.row:16}" + "".join(f"{cell:>9}" for cell in shown))
    return "\n".join(lines)
