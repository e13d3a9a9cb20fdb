"""Fit the analyzer's line model: ``python -m services.trainer.fit_line_model --data DIR --output models/analyzer``.

In: the incident data (``python -m services.trainer.datasets.incidents.generate``). Out: ``line_model.npz`` (int8),
``manifest.json`` and ``MODEL_CARD.md``. Weights are learned on the training templates, calibration on validation
templates and systems; the test split is only measured. The same data and seed give the same weights on one machine.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from services.trainer.calibrate_lines import LineFigures, calibrate, figures_of
from services.trainer.line_rows import ORDINARY, LineWindow, distinct_lines, read_windows
from shared.core.line_features import BUCKETS, VERSION
from shared.core.line_scoring import Calibration, LineWeights

FILE = "line_model.npz"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn. ``drop``: the largest share of a line's features that is hidden: no word may do it alone."""

    epochs: int = 6
    batch: int = 256
    rate: float = 0.005
    drop: float = 0.45
    smoothing: float = 0.02
    seed: int = 0


def fit_weights(
    features: list[NDArray[np.int32]], classes: NDArray[np.int64], counts: NDArray[np.float32], k: int, plan: Plan
) -> LineWeights:
    """Softmax regression over sparse lines; rare categories and rare lines weigh more than their number."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    table = torch.nn.EmbeddingBag(BUCKETS, k, mode="sum", sparse=True)
    torch.nn.init.zeros_(table.weight)
    bias = torch.zeros(k, requires_grad=True)
    optimisers = [torch.optim.SparseAdam(table.parameters(), lr=plan.rate), torch.optim.Adam([bias], lr=plan.rate)]
    weights = weights_of(classes, counts, k)
    truth = torch.from_numpy(classes)
    steps = plan.epochs * -(-len(features) // plan.batch)
    step = 0
    for _ in range(plan.epochs):
        order = rng.permutation(len(features))
        for start in range(0, len(order), plan.batch):
            chosen = order[start : start + plan.batch]
            bags = [hidden(features[at], rng, plan.drop) for at in chosen]
            offsets = np.concatenate([[0], np.cumsum([len(bag) for bag in bags])[:-1]])
            logits = table(torch.from_numpy(np.concatenate(bags)).long(), torch.from_numpy(offsets).long()) + bias
            losses = torch.nn.functional.cross_entropy(
                logits, truth[chosen], reduction="none", label_smoothing=plan.smoothing
            )
            for optimiser in optimisers:
                optimiser.param_groups[0]["lr"] = plan.rate * (1 - step / steps)
                optimiser.zero_grad()
            (losses * weights[chosen]).mean().backward()  # type: ignore[no-untyped-call]
            for optimiser in optimisers:
                optimiser.step()
            step += 1
    return LineWeights(table.weight.detach().numpy(), bias.detach().numpy())


def weights_of(classes: NDArray[np.int64], counts: NDArray[np.float32], k: int) -> torch.Tensor:
    """(n,) mean 1: how much each distinct line counts, by its class and how often it was seen."""
    weight = counts**0.3
    by_class = np.bincount(classes, weights=weight, minlength=k)
    weight = weight * np.sqrt(by_class.sum() / np.maximum(by_class, 1.0))[classes]
    return torch.tensor(weight / weight.mean(), dtype=torch.float32)


def hidden(features: NDArray[np.int32], rng: np.random.Generator, drop: float) -> NDArray[np.int32]:
    kept = features[rng.random(len(features)) > drop * rng.random()]
    return kept if len(kept) else features[:1]


def quantised(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """int8 and a scale per column."""
    scale = np.maximum(np.abs(table).max(axis=0), 1e-6) / 127.0
    return np.round(table / scale).astype(np.int8), scale.astype(np.float32)


def packed(
    values: NDArray[np.int8],
    scale: NDArray[np.float32],
    bias: NDArray[np.float32],
    fit: Calibration,
    names: list[str],
) -> bytes:
    """The npz file."""
    meta = {"format": 1, "features": VERSION, "categories": names, "odds": fit.odds, "share": fit.share}
    meta |= {"unknown_below": fit.unknown_below, "evidence_within": fit.evidence_within}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        meta=np.frombuffer(json.dumps(meta).encode(), np.uint8),
        weights=values,
        scale=scale,
        bias=bias,
        category_bias=fit.bias,
    )
    return buffer.getvalue()


def write(output: Path, raw: bytes, training: dict[str, Any], figures: dict[str, LineFigures]) -> None:
    """The file, its manifest and its card."""
    output.mkdir(parents=True, exist_ok=True)
    (output / FILE).write_bytes(raw)
    shown = {split: asdict(found) for split, found in figures.items()}
    manifest = {
        "format": 1,
        "licence": "MIT",
        "training": training,
        "metrics": shown,
        "files": {FILE: {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}},
    }
    (output / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    rows = [f"| {name} | " + " | ".join(f"{shown[s][name]:.3f}" for s in shown) + " |" for name in _FIGURES]
    card = _CARD.format(
        bytes=len(raw), command=training["command"], data=training["data"], columns=" | ".join(shown),
        dashes="|".join("---" for _ in shown), rows="\n".join(rows),
    )  # fmt: skip
    (output / "MODEL_CARD.md").write_text(card, "utf-8")


_FIGURES = (
    "accuracy", "macro_f1", "ece", "accuracy_at_80", "best_line_is_evidence", "evidence_f1",
    "benign", "unknown", "fault", "story",
)  # fmt: skip
_CARD = """# The analyzer's line model

A linear model over hashed words and character n-grams of masked lines: for each line the log-odds of every category
against "an ordinary line", and from them the category of a window, its confidence and the lines that show it.
{bytes:,} bytes, int8; numpy alone reads it. Licence of the weights: MIT.

Learned from lines written for this project (`services/trainer/datasets/incidents`), English and Chinese; no log of
anybody's production. Weights saw the training templates only, the calibration only validation templates and systems.
Test templates and systems are new to both. `fault`, `story`, `benign`, `unknown`: accuracy on windows with one
trouble, with a root and its consequences, with harmless lines that look bad, with odd lines that name nothing.

| | {columns} |
|---|{dashes}|
{rows}

Data: {data}

    {command}

## Limits
Most of what it gets wrong are systems whose wording it never met, consequences that speak louder than their root, and
harmless lines that use the words of trouble. It names one category per window. It is a floor and a cross-check for a
language model, and the answer where none is installed.
"""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="fit_line_model", description="Fit the analyzer's line model.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=Plan().epochs)
    chosen = parser.parse_args(arguments)
    plan = Plan(epochs=chosen.epochs, seed=chosen.seed)
    features, categories, counts = distinct_lines(read_windows(chosen.data / "train.jsonl"))
    names = sorted({category for category in categories if category != ORDINARY})
    number = {ORDINARY: 0} | {name: at for at, name in enumerate(names, start=1)}
    classes = np.array([number[category] for category in categories], np.int64)
    fitted = fit_weights(features, classes, counts, 1 + len(names), plan)
    values, scale = quantised(fitted.weights)
    served = LineWeights(values.astype(np.float32) * scale, fitted.bias)
    held: dict[str, list[LineWindow]] = {
        split: list(read_windows(chosen.data / f"{split}.jsonl")) for split in ("validation", "test")
    }
    calibration = calibrate(served, held["validation"], names)
    figures = {split: figures_of(served, calibration, windows, names) for split, windows in held.items()}
    summary = json.loads((chosen.data / "dataset.json").read_text("utf-8"))
    size = f"--rows {summary['rows']} --seed {summary['seed']}"
    how = f"--data data --output models/analyzer --seed {plan.seed} --epochs {plan.epochs}"
    training = {
        "command": f"python -m services.trainer.fit_line_model {how}",
        "data": f"`python -m services.trainer.datasets.incidents.generate {size} --output data`",
        "train_sha256": hashlib.sha256((chosen.data / "train.jsonl").read_bytes()).hexdigest(),
        "distinct_lines": len(features),
        "plan": asdict(plan),
        "torch": torch.__version__,
    }
    write(chosen.output, packed(values, scale, fitted.bias, calibration, names), training, figures)
    print(json.dumps({split: asdict(found) for split, found in figures.items()}, indent=1))


if __name__ == "__main__":
    main()
