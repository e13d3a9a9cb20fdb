"""Pictures of a pipeline's report, as PNG. Needs matplotlib (extra ``bench``)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib import rc_context

from loglynx.bench.plots import NORMAL, STYLE
from services.trainer.pipelines.deeplog.clusters import NOISE, NOT_CLUSTERED, ClusterModel
from services.trainer.pipelines.deeplog.features import Features

_DPI = 110
_NOISE_COLOUR, _NORMAL_COLOUR = "#777777", "#cccccc"
_MOST_NORMAL = 1500
_MOST_TEMPLATES = 18
_LONGEST = 60


def draw(
    diagnosis: Mapping[str, Any],
    features: Features,
    clusters: Any,
    model: ClusterModel,
    described: Sequence[Mapping[str, Any]],
    confusion: Mapping[str, Any] | None,
    names: Mapping[str, str],
) -> dict[str, bytes]:
    """Name -> PNG; names: of clusters, by their number as text."""
    pictures = {}
    with rc_context(STYLE):
        figures = {
            "losses": _losses(diagnosis),
            "positions": _positions(diagnosis),
            "ranks": _ranks(diagnosis),
            "projection": _projection(features, clusters, model, names),
        }
        if any(each["telling"] for each in described):
            figures["templates"] = _templates(described, names)
        if confusion is not None:
            figures["confusion"] = _confusion(confusion)
        for name, figure in figures.items():
            file = io.BytesIO()
            figure.savefig(file, format="png", dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
            plt.close(figure)
            pictures[name] = file.getvalue()
    return pictures


def _losses(diagnosis: Mapping[str, Any]) -> Any:
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    for colour, (name, curve) in zip(plt.get_cmap("tab10").colors, diagnosis["loss_curves"].items(), strict=False):
        if not curve:
            continue
        steps, train, held_out = np.array(curve).T
        axes.plot(steps, train, color=colour, lw=1.0, ls=":")
        axes.plot(steps, held_out, color=colour, lw=1.5, label=name)
        best = int(held_out.argmin())
        axes.plot(steps[best], held_out[best], "o", color=colour, ms=5)
    axes.set(xlabel="step", ylabel="loss, nats an event", title="solid: validation, dot: kept; dotted: training")
    if axes.has_data():
        axes.set_ylim(bottom=0)
        axes.legend()
    return figure


def _positions(diagnosis: Mapping[str, Any]) -> Any:
    figure, axes = plt.subplots(figsize=(5.6, 3.2))
    at, _, first, ninth = np.array(diagnosis["accuracy_per_position"], dtype=float).T
    axes.plot(at, first, "o-", ms=3, lw=1.2, label="the likeliest")
    axes.plot(at, ninth, "s-", ms=3, lw=1.2, label="among the 9 likeliest")
    axes.set(xlabel="position in the sequence (the last: all later ones)", ylabel="share of events", ylim=(0, 1.04))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return figure


def _ranks(diagnosis: Mapping[str, Any]) -> Any:
    figure, axes = plt.subplots(figsize=(5.6, 3.0))
    edges = [edge for edge, _ in diagnosis["rank_histogram"]]
    counts = np.array([count for _, count in diagnosis["rank_histogram"]], dtype=float)
    labels = [_between(low, high) for low, high in zip(edges, [*edges[1:], None], strict=True)]
    axes.bar(range(len(edges)), counts / max(counts.sum(), 1), color=NORMAL)
    axes.set_xticks(range(len(edges)), labels)
    axes.set(xlabel="events held likelier than the one that came", ylabel="share of events", ylim=(0, 1.04))
    return figure


def _between(low: int, high: int | None) -> str:
    if high is None:
        return f"{low}+"
    return str(low) if high == low + 1 else f"{low}-{high - 1}"


def _projection(features: Features, clusters: Any, model: ClusterModel, names: Mapping[str, str]) -> Any:
    """The first two directions of the space that was clustered in: distances in it are what clusters are made of."""
    placed = model.place(features.rows)
    if placed.shape[1] < 2:
        placed = np.column_stack([placed, np.zeros(len(placed))])
    figure, axes = plt.subplots(figsize=(6.4, 4.8))
    normal = np.flatnonzero(clusters == NOT_CLUSTERED)
    normal = normal[:: max(len(normal) // _MOST_NORMAL, 1)]
    axes.scatter(*placed[normal, :2].T, s=8, color=_NORMAL_COLOUR, lw=0, label="normal")
    found = [each for each in np.unique(clusters).tolist() if each != NOT_CLUSTERED]
    colours = plt.get_cmap("tab10" if len(found) <= 10 else "tab20").colors
    for own in found:
        colour = _NOISE_COLOUR if own == NOISE else colours[own % len(colours)]
        label = "no cluster" if own == NOISE else _title(own, names)
        for part, marker in ((~features.is_test, "o"), (features.is_test, "^")):
            chosen = (clusters == own) & part
            if chosen.any():
                axes.scatter(*placed[chosen, :2].T, s=18, color=colour, marker=marker, lw=0, alpha=0.8, label=label)
                label = "_nolegend_"
    axes.set(xlabel="first direction", ylabel="second direction", title="sequences by cluster; triangles: test part")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=1.4)
    return figure


def _templates(described: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Any:
    """Which share of each cluster's sequences holds each of the most telling templates."""
    shown = [each for each in described if each["cluster"] != NOISE]
    per = max(_MOST_TEMPLATES // max(len(shown), 1), 1)
    templates = list(dict.fromkeys(said["template"] for each in shown for said in each["telling"][:per]))
    shares = np.array([[each["held"].get(template, 0.0) for each in shown] for template in templates])
    figure, axes = plt.subplots(figsize=(2.2 + 0.55 * len(shown), 0.9 + 0.27 * len(templates)))
    axes.imshow(shares, aspect="auto", cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        colour = "white" if share > 0.6 else "black"
        axes.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_yticks(range(len(templates)), [_drawable(template) for template in templates])
    axes.set_xticks(range(len(shown)), [_title(each["cluster"], names) for each in shown], rotation=40, ha="right")
    axes.grid(visible=False)
    axes.set_title("share of sequences that hold the template")
    return figure


def _confusion(confusion: Mapping[str, Any]) -> Any:
    counts = np.array(confusion["counts"], dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = (1.8 + 0.6 * counts.shape[1], 1.3 + 0.42 * counts.shape[0])
    figure, axes = plt.subplots(figsize=size)
    axes.imshow(shares, aspect="auto", cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.6 else "black"
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(counts.shape[1]), [_drawable(n) for n in confusion["names"]], rotation=40, ha="right")
    axes.set_yticks(range(counts.shape[0]), [_drawable(n) for n in confusion["labels"]])
    axes.set(xlabel="judged as", ylabel="label")
    axes.grid(visible=False)
    return figure


def _title(cluster: int, names: Mapping[str, str]) -> str:
    return _drawable(names.get(str(cluster), f"cluster {cluster}"))


def _drawable(text: str) -> str:
    """What every font has: other characters as dots (the page has them in full), no formulas."""
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return "".join(
        each if each.isprintable() and (ord(each) < 0x250 or each == "…") else "·" for each in shown
    ).replace("$", r"\$")
