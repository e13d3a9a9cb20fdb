"""Pictures of a comparison, as PNG: ROC, precision and recall, score distributions, embeddings.

Needs matplotlib and scikit-learn (extra ``bench``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib import rc_context
from sklearn.manifold import TSNE

from loglynx.bench.plots import ANOMALOUS, NORMAL, STYLE, precision_recall_steps, score_figure
from loglynx.bench.ranking import FloatArray, Ranking
from loglynx.comparison.compare import Comparison

_DPI = 110
_PERPLEXITY = 30.0
_FEWEST_POINTS = 5


def draw(comparison: Comparison) -> dict[str, bytes]:
    """Name -> PNG. Without labels there is no ROC and no precision."""
    pictures = {}
    with rc_context(STYLE):
        figures = {"scores": score_figure(comparison.result, comparison.result.rows)}
        if comparison.is_told and comparison.result.is_anomaly.any():
            figures = {"roc": _roc(comparison), "precision_recall": _precision_recall(comparison), **figures}
        if any(len(each.points) >= _FEWEST_POINTS for each in comparison.embedded.values()):
            figures["embeddings"] = _embeddings(comparison)
        for name, figure in figures.items():
            file = io.BytesIO()
            figure.savefig(file, format="png", dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
            plt.close(figure)
            pictures[name] = file.getvalue()
    return pictures


def _colours() -> Iterator[Any]:
    """The same for a model in every picture."""
    return cycle(plt.get_cmap("tab10").colors)


def _roc(comparison: Comparison) -> Any:
    figure, axes = plt.subplots(figsize=(5.2, 4.6))
    result = comparison.result
    for row, colour in zip(result.rows, _colours(), strict=False):
        ranking = Ranking.of(result.is_anomaly, row.runs[0].strangeness)
        hits, alarms = np.cumsum(ranking.anomalies[:, 0]), np.cumsum(ranking.normals[:, 0])
        found, false = hits / max(hits[-1], 1.0), alarms / max(alarms[-1], 1.0)
        area = row.runs[0].measures.quality.roc_auc
        label = f"{row.row}  {area:.3f}"
        axes.plot(np.insert(false, 0, 0), np.insert(found, 0, 0), lw=1.4, color=colour, label=label)
        quality = row.runs[0].measures.quality
        normals = max(quality.windows - quality.anomalies, 1)
        axes.plot(quality.false_alarms / normals, quality.recall, "o", color=colour, mec="black", mew=0.6)
    axes.plot([0, 1], [0, 1], color="grey", lw=0.8, ls=":")
    axes.set(xlabel="share of normal windows flagged", ylabel="share of anomalies found", xlim=(-0.02, 1.02))
    axes.set_title("ROC; dots: own threshold; legend: area")
    axes.legend(loc="lower right")
    return figure


def _precision_recall(comparison: Comparison) -> Any:
    figure, axes = plt.subplots(figsize=(5.2, 4.6))
    for row, colour in zip(comparison.result.rows, _colours(), strict=False):
        quality = row.runs[0].measures.quality
        recall, precision = precision_recall_steps(comparison.result, row.runs[0].strangeness)
        label = f"{row.row}  {quality.average_precision:.3f}"
        axes.step(recall, precision, where="pre", lw=1.4, color=colour, label=label)
        if quality.flagged:
            axes.plot(quality.recall, quality.precision, "o", color=colour, ms=6, mec="black", mew=0.6)
        best = comparison.oracles[row.row]
        axes.plot(best.recall, best.precision, "D", ms=6, mfc="none", mec=colour)
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    axes.set_title("precision and recall; dots: own threshold\ndiamonds: oracle, picked with labels; legend: PR-AUC")
    axes.legend(loc="lower left")
    return figure


def _embeddings(comparison: Comparison) -> Any:
    """t-SNE (van der Maaten & Hinton 2008) of each model's window embeddings, the same windows in each panel."""
    count = len(comparison.embedded)
    figure, panels = plt.subplots(1, count, figsize=(4.2 * count, 4.0), squeeze=False)
    for panel, (name, embedded) in zip(panels.flat, comparison.embedded.items(), strict=True):
        points = _flat(embedded.points)
        strange = comparison.result.is_anomaly[list(embedded.rows)]
        for chosen, colour, label in ((~strange, NORMAL, "normal"), (strange, ANOMALOUS, "anomalous")):
            if chosen.any():
                shown = label if comparison.is_told else "window"
                panel.scatter(*points[chosen].T, s=9, color=colour, alpha=0.6, lw=0, label=shown)
        panel.set(xticks=[], yticks=[])
        panel.set_title(f"{name}: t-SNE of windows")
    panels.flat[0].legend(loc="best", markerscale=1.8)
    figure.tight_layout()
    return figure


def _flat(points: FloatArray) -> FloatArray:
    """(m, 2); equal windows stay together however the descent ends."""
    distinct, place = np.unique(points.round(6), axis=0, return_inverse=True)
    if len(distinct) < _FEWEST_POINTS or points.shape[1] < 2:
        return np.zeros((len(points), 2))
    perplexity = min(_PERPLEXITY, (len(distinct) - 1) / 3)
    flat = TSNE(init="pca", perplexity=perplexity, random_state=0).fit_transform(distinct)
    spread = np.random.default_rng(0).normal(0, 0.004 * float(np.ptp(flat)), (len(points), 2))
    shaken: FloatArray = flat[place.reshape(-1)] + spread
    return shaken
