"""The section of the analyzer's model card that says which reader serves which field, and how good that is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.analyzer.embedded.engine import Readers
from services.analyzer.embedded.loading import LANGUAGE_MODEL, WINDOW_READER
from shared.artefacts.language_model import GRAPH
from shared.artefacts.proven_files import MANIFEST

CARD = "MODEL_CARD.md"
_HEADING = "\n## The embedded engine\n"
_COLUMNS = {
    "main_line_right": "line",
    "evidence_f1": "evidence F1",
    "category_right": "category",
    "macro_f1": "macro F1",
    "right_in_surest_70": "category, surest 70 %",
    "calibration_error": "calibration error",
    "entity_f1": "names, F1",
}
_INTRODUCTION = """
The engine weighs the readers that are there. Weights are fitted on {windows:,} windows of the validation split (seed
{seed}); its columns come from halves fitted and judged in turn. The test split, {windows:,} windows of templates and
systems that neither readers nor weights have seen, chooses nothing. *line*: the line cited first carries the
evidence; *category*: the likeliest of 24; calibration error: expected, in ten bins. Half the width of a 95 % interval
of a share is about {half:.3f}, and as windows share templates, more than that: some .03 for lines and .04 for
categories, when whole templates are drawn. *names*: given against those of the lines that carry the evidence, mean
over windows that have some; the data counts the names that fill a template's places, not exceptions and error codes
that are part of its text, so that these, given as well, cost precision here.
"""
_FIELDS = """
| field | served by |
|---|---|
| evidence | {evidence} |
| category, confidence | {category}, a softmax fitted by likelihood |
| unknown | said below a confidence of {least} |
| entities | spans that rules cut out of the cited lines: those of the message, else of its head; no quantities |
| title, explanation | slots around quoted lines, or the rules' own where they agree; no model writes |
| severity, actions, probable cause | the taxonomy, for the category |

With `unknown` said below the threshold, {served:.1%} of the answers on the test split name the right category. Of the
names given there {precision:.1%} are right, and {recall:.1%} of the right ones are given.
"""


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """alone   readers -> figures on validation, on test
    served  identity of what is there -> (evidence by, category by), figures on validation, on test
    """

    windows: int
    seed: int
    alone: dict[str, tuple[dict[str, float], dict[str, float]]]
    served: dict[str, tuple[tuple[str, str], dict[str, float], dict[str, float]]]

    def as_json(self) -> dict[str, Any]:
        return {"windows": self.windows, "seed": self.seed, "alone": self.alone, "served": self.served}


def write_section(models: Path, readers: Readers, figures: EngineFigures) -> None:
    """Write, or write anew, the section at the end of the card in ``models``."""
    path = models / CARD
    before = path.read_text("utf-8").split(_HEADING)[0].rstrip("\n") if path.is_file() else "# The analyzer's models"
    path.write_text(before + "\n" + _HEADING + section(models, readers, figures), "utf-8")


def section(models: Path, readers: Readers, figures: EngineFigures) -> str:
    """Markdown."""
    (evidence, category), _, test = figures.served[readers.identity]
    mix = json.loads((models / "mix.json").read_text("utf-8"))["fitted"][readers.identity]
    parts = [
        _INTRODUCTION.format(windows=figures.windows, seed=figures.seed, half=0.98 / figures.windows**0.5),
        _table(figures),
        _FIELDS.format(
            evidence=evidence,
            category=category,
            least=mix["least"],
            served=test["category_served_right"],
            precision=test["entity_precision"],
            recall=test["entity_recall"],
        ),
    ]
    if readers.window:
        parts.append(_window_reader(models / WINDOW_READER))
    if readers.language:
        parts.append(_language_model(models / LANGUAGE_MODEL))
    parts.append("\nWeights: `mix.json`. Anew: `python -m loglynx.fit_embedded --models models/analyzer`.\n")
    return "".join(parts)


def _table(figures: EngineFigures) -> str:
    rows = ["", "| readers | " + " | ".join(f"{name}, validation / test" for name in _COLUMNS.values()) + " |"]
    rows.append("|" + "---|" * (len(_COLUMNS) + 1))
    entries = list(figures.alone.items())
    entries += [(f"**served**: {identity}", found[1:]) for identity, found in figures.served.items()]
    for name, (validation, test) in entries:
        cells = [f"{validation[key]:.3f} / {test[key]:.3f}" for key in _COLUMNS]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _window_reader(directory: Path) -> str:
    manifest = json.loads((directory / MANIFEST).read_text("utf-8"))
    training, metrics = manifest["training"], manifest["metrics"]
    rows = [
        f"| {split} | {metrics[split]['line']:.3f} | {metrics[split]['category']:.3f} | "
        + " | ".join(f"{value:.3f}" for value in metrics[split]["category_by_kind"].values())
        + " |"
        for split in ("validation", "test")
    ]
    kinds = " | ".join(metrics["test"]["category_by_kind"])
    size = sum((directory / name).stat().st_size for name in manifest["files"])
    return f"""
### The window reader

A small transformer over the lines of a window. It sees no words: of each line only what three readers make of it
(the line model, learnt vectors of hashed words, and the vector of the line encoder of detector
{training["detector"]}, of which a copy is here), its level and its place. It was trained on {training["windows"]:,}
windows, {training["distinct_lines"]:,} distinct lines, and of each line on what readers say that were fitted without
a quarter of the templates, the line's own among them. {size:,} bytes; numpy runs it, at most
{metrics["nats_from_torch"]} nats from its network in torch. Before anything is weighed, on
{metrics["test"]["windows"]:,} windows of each split: line, category, category by kind of window.

| | line | category | {kinds} |
|---|---|---|{"---|" * len(metrics["test"]["category_by_kind"])}
{rows[0]}
{rows[1]}
"""


def _language_model(directory: Path) -> str:
    manifest = json.loads((directory / MANIFEST).read_text("utf-8"))
    size = (directory / GRAPH).stat().st_size
    training, metrics = manifest["training"], manifest["metrics"]
    parity = metrics["parity_with_torch"]
    return f"""
### The language model

A causal language model of Qwen3's architecture, {training["parameters"]:,} parameters, trained from random weights on
{training["windows"]:,} windows ({training["tokens"]:,} tokens, {training["minutes"]} minutes of
{training["compute"]}); {size:,} bytes, {training["stored"]}. It reads masked lines and answers in single tokens: what
each line is, which one carries the evidence, what the window is. It writes no text. Against its network in torch, at
{parity["places"]:,} places of validation windows: the same class at {parity["same_class"]:.1%}, probabilities
{parity["mean_difference"]} apart in the mean and {parity["largest_difference"]} at most.
"""
