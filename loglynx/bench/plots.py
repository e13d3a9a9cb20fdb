"""Pictures of one task's results: precision and recall, score distributions, and whether the budget was kept.

``draw`` writes ``TASK-curves.png``, ``TASK-scores.png`` and ``TASK-alarms.png``. Needs matplotlib (extra ``bench``).
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt

from loglynx.bench.ranking import FloatArray, Ranking
from loglynx.bench.results import RowResult, TaskResult

STYLE: dict[str, Any] = {
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25,
    "axes.titlesize": 9, "legend.frameon": False,
}  # fmt: skip
NORMAL, ANOMALOUS = "#4477aa", "#cc3311"
_THIRDS = ("o", "s", "^")
_DPI = 130
_BINS = 40
_LEAST_RATIO = 0.01  # realised over requested alarms: none at all is drawn here


def draw(result: TaskResult, output: Path) -> list[Path]:
    """The files written; none for a task in which no row has figures."""
    rows = [row for row in result.rows if row.runs]
    if not rows:
        return []
    name = re.sub(r"[^\w.-]+", "-", result.task.name)
    written = []
    with mpl.rc_context(STYLE):
        for kind, figure in (
            ("curves", _curves(result, rows)),
            ("scores", score_figure(result, rows)),
            ("alarms", _alarms(result, rows)),
        ):
            path = output / f"{name}-{kind}.png"
            figure.savefig(path, dpi=_DPI, bbox_inches="tight")
            plt.close(figure)
            written.append(path)
    return written


def _curves(result: TaskResult, rows: list[RowResult]) -> Any:
    """Precision over recall, a dot where the row's own threshold stands."""
    figure, axes = plt.subplots(figsize=(7, 5))
    colours = plt.get_cmap("tab20").colors
    for number, row in enumerate(rows):
        run = row.runs[0]
        recall, precision = precision_recall_steps(result, run.strangeness)
        quality, colour = run.measures.quality, colours[number % len(colours)]
        style = "-" if number < len(colours) // 2 else "--"
        shown = "" if math.isnan(quality.average_precision) else f"  {quality.average_precision:.3f}"
        axes.step(recall, precision, where="pre", color=colour, ls=style, lw=1.4, label=f"{row.row}{shown}")
        axes.plot(quality.recall, quality.precision, "o", color=colour, ms=6, mec="black", mew=0.6)
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    axes.set_title(f"{result.task.name}: precision and recall; dots: own threshold; legend: PR-AUC")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def precision_recall_steps(result: TaskResult, strangeness: FloatArray) -> tuple[FloatArray, FloatArray]:
    ranking = Ranking.of(result.is_anomaly, strangeness)
    hits = np.cumsum(ranking.anomalies[:, 0])
    flagged = hits + np.cumsum(ranking.normals[:, 0])
    recall, precision = hits / max(hits[-1], 1.0), hits / flagged
    return np.concatenate([[0.0], recall]), np.concatenate([precision[:1], precision])


def score_figure(result: TaskResult, rows: list[RowResult]) -> Any:
    """Share of normal and of anomalous windows by score, with the threshold; one panel per row."""
    columns = min(3, len(rows))
    height = math.ceil(len(rows) / columns)
    figure, panels = plt.subplots(height, columns, figsize=(3.4 * columns, 2.2 * height), squeeze=False)
    for panel in panels.flat[len(rows) :]:
        panel.axis("off")
    for panel, row in zip(panels.flat, rows, strict=False):
        run = row.runs[0]
        score = np.nan_to_num(run.strangeness, nan=0.0, posinf=0.0, neginf=0.0)
        edges = np.linspace(score.min(), max(score.max(), score.min() + 1e-9), _BINS + 1)
        for chosen, colour, label in (
            (~result.is_anomaly, NORMAL, "normal"),
            (result.is_anomaly, ANOMALOUS, "anomalous"),
        ):
            share = np.histogram(score[chosen], edges)[0] / max(int(chosen.sum()), 1)
            panel.stairs(share, edges, color=colour, fill=True, alpha=0.45, label=label)
            panel.stairs(share, edges, color=colour, lw=0.8)
        threshold = run.measures.threshold
        is_inside = edges[0] <= threshold <= edges[-1]
        if is_inside:
            panel.axvline(threshold, color="black", lw=1.0, ls="--", label="threshold")
        panel.set_yscale("log")
        panel.set_ylim(1e-5, 1.5)
        panel.set_title(row.row if is_inside else f"{row.row} (threshold {threshold:.3g} is outside)")
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="upper center", ncols=3, bbox_to_anchor=(0.5, 0.0))
    figure.suptitle(f"{result.task.name}: share of windows by score", fontsize=10)
    figure.tight_layout()
    return figure


def _alarms(result: TaskResult, rows: list[RowResult]) -> Any:
    """Realised over requested false alarms in each third of the test; the band is a factor of two either way."""
    figure, axes = plt.subplots(figsize=(7, 0.6 + 0.3 * len(rows)))
    axes.axvspan(0.5, 2.0, color="#228833", alpha=0.12, lw=0)
    axes.axvline(1.0, color="#228833", lw=1.0)
    for part, marker in enumerate(_THIRDS):
        ratios = [max(_mean_third(row, part), _LEAST_RATIO) for row in rows]
        axes.plot(ratios, range(len(rows)), marker, ms=5, mfc="none", color="black", label=f"third {part + 1}")
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [row.row for row in rows])
    axes.invert_yaxis()
    axes.set(xlabel=f"false alarms, realised ÷ requested (none at all stands at {_LEAST_RATIO:g})")
    axes.set_title(f"{result.task.name}: is the budget kept?")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def _mean_third(row: RowResult, part: int) -> float:
    values = np.array([run.measures.thirds[part] for run in row.runs])
    return float(np.nan_to_num(values).mean())
