"""Writes the model card: what the model is, what it read, how well it did, what it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = """# Loglynx default model

Two graphs. **line_encoder.onnx**: BERT-mini (4 layers, hidden 256, 4 heads, FFN 1024), a template in, a unit vector
of 256 numbers out. **sequence_model.onnx**: 2 layers, 256 wide, over up to 256 events of a window: a cloze that
guesses each event, and the level and numbers it should carry, from the others; then attention with
mixture-of-experts feed-forward parts (8 experts, top-1, one shared, no capacity limit); out come the window's score,
each event's surprise and the window's vector. Weights are stored as int8 with a scale per output, small ones as
float16, routers as float32; computing is float32. Scores are meant to be judged against each stream's own baseline,
never against a fixed threshold. Licence of the weights: MIT.

## What it read
Generated, harvested or recorded for this project; no log of anybody's production.
- message templates from a random bilingual grammar written for this project, English beside Chinese;
- messages, errors and documentation of permissively licensed software installed on the training machine (below);
- {systems} random systems that only log, {synthetic} random and {simulators} simulated ones that also break;
- recordings of real servers under made-up load, in normal life and while being broken: {recorded}.
Held out of all training: {held_out}.
Labels come from corruptions that the trainer makes itself (replaced, inserted, dropped, reordered, repeated events,
pauses, values, levels) and from faults that were injected, never from people. What a line claims of itself (level,
raised or logged) and what the project's word list reads in it are further targets of the line encoder.
"""
_MEASURED = """## How well it did
Windows of 10 events where not said otherwise; auc: area under the ROC curve, ap: average precision. New to the model
are the systems, the wording of their lines and the faults, which are the systems' own. In recordings a fault's line
counts as wrong only if normal life never wrote its template, so ``new`` there repeats the definition.
"""
_LIMITS = """## What it is not
- Not evaluated here on other people's logs; benchmarks are separate, and nothing of theirs was used in training.
- Simulated faults are kinder than real ones: they announce themselves in words more often. ``words`` is what the
  project's plain list of words and levels reaches on the same windows, ``new`` what counting templates unseen in the
  system's normal run reaches, ``knn`` the window vector's distance to that run; compare before believing.
- Its English is what software says; its Chinese comes from a few hundred words and the simulators, so rarer Chinese
  words are told apart by their characters only.
- Trained for minutes on a few CPU cores: a starting point, meant to be retrained on your own archive.
"""


def model_card(training: Mapping[str, Any], metrics: Mapping[str, Any], sources: Sequence[str]) -> str:
    """The card as Markdown."""
    parts = [_HEAD.format(**training), _training(training), _metrics(metrics), _LIMITS, "## Harvested software\n"]
    return "\n".join(parts) + "".join(f"- {source}\n" for source in sources)


def _training(training: Mapping[str, Any]) -> str:
    rows = [f"- {name.replace('_', ' ')}: {value}" for name, value in training.items()]
    return "## Training\n" + "\n".join(rows) + "\n"


def _metrics(metrics: Mapping[str, Any]) -> str:
    out = [_MEASURED]
    systems = metrics["held_out_simulators"]
    names = list(next(iter(systems.values())))
    out += ["| system | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 1)]
    out += [f"| {name} | " + " | ".join(str(row[column]) for column in names) + " |" for name, row in systems.items()]
    rest = {name: value for name, value in metrics.items() if name != "held_out_simulators"}
    return "\n".join([*out, "", *(f"- {name.replace('_', ' ')}: {value}" for name, value in rest.items())]) + "\n"
