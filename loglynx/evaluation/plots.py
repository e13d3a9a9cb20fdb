"""Two pictures of a report: ``confusion.png`` and ``reliability.png``. Needs matplotlib (extra ``bench``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt

from loglynx.evaluation.measures import Measures
from loglynx.evaluation.runs import Report

_DPI = 130
_MOST_LABELS = 40


def draw(report: Report, output: Path) -> list[Path]:
    """The files written."""
    found = []
    for name, figure in (("confusion", _confusion(report.ours)), ("reliability", _reliability(report))):
        path = output / f"{name}.png"
        figure.savefig(path, dpi=_DPI, bbox_inches="tight")
        plt.close(figure)
        found.append(path)
    return found


def _confusion(measures: Measures) -> Any:
    named = {other for row in measures.confusion.values() for other in row}
    labels = sorted(named | set(measures.confusion))[:_MOST_LABELS]
    counts = np.array([[measures.confusion.get(a, {}).get(b, 0) for b in labels] for a in labels], float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.5 + 0.32 * len(labels)
    figure, axes = plt.subplots(figsize=(side, side))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    # Labels may be in a script that the font lacks; their number in the report's order stands for them then.
    shown = [label[:30] if label.isascii() else f"label {at + 1}" for at, label in enumerate(labels)]
    axes.set_xticks(range(len(labels)), shown, rotation=90, fontsize=7)
    axes.set_yticks(range(len(labels)), shown, fontsize=7)
    for row, column in np.argwhere(counts > 0):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{int(counts[row, column])}", ha="center", va="center", fontsize=6, color=colour)
    axes.set(xlabel="answered", ylabel="labelled")
    return figure


def _reliability(report: Report) -> Any:
    figure, axes = plt.subplots(figsize=(4.2, 4.2))
    axes.plot([0, 1], [0, 1], color="grey", lw=0.8, ls="--")
    own = f"head over {report.engine}" if report.is_adapted else report.engine
    for name, measures in ((own, report.ours), ("TF-IDF + LR", report.baseline)):
        if measures is not None:
            sure, right, _ = zip(*measures.reliability, strict=True)
            axes.plot(sure, right, "o-", ms=4, label=f"{name}: ECE {measures.ece:.3f}")
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, fontsize=8)
    return figure
