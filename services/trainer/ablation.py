"""Judges the mixture of experts against a dense twin of as many active products: do experts earn their place?

``python -m services.trainer.ablation --steps 150 --seeds 3 --output moe.json``. In: an artefact, whose line encoder
serves all contestants alike, and systems as sources. Every contestant learns all sources together, the first two also
all but one; they are measured on faulty runs of each source, or of the source they never saw. Out: a JSON file of
average precision and area under the curve of head and surprise per source, how evenly each source uses the experts,
and the time that a window takes against the twin's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import numpy as np
import torch

from services.trainer.ablation_sources import Sources, gather_sources
from services.trainer.compute import Compute
from services.trainer.course import Course
from services.trainer.datasets.windows import Batch, pad
from services.trainer.evaluate import FloatArray, cut_fixed, measure, score_streams
from services.trainer.fit_windows import fit_windows
from services.trainer.models.sequence_model import SequenceModel, SequenceShape
from services.trainer.pace import Pace, say_on_stderr
from services.trainer.routing import entropy_of_use, seconds_for
from shared.artefacts.shipped import shipped_model
from shared.core.side_channel import EVENT_DIM, SIDE_DIM

CONTESTANTS: Mapping[str, SequenceShape] = {
    "dense": SequenceShape(SIDE_DIM, EVENT_DIM, experts=0),
    "moe": SequenceShape(SIDE_DIM, EVENT_DIM),
    "moe, router sees the window": SequenceShape(SIDE_DIM, EVENT_DIM, routes_by_window=True),
}
_CHECKS = 2
_LEFT_OUT = ("dense", "moe")
_KEPT = ("head_auc", "head_ap", "surprise_auc", "surprise_ap", "words_auc", "words_ap", "fault_windows")
_EXAMPLES = """examples:
  a quarter of an hour of one core:
    python -m services.trainer.ablation --steps 150 --seeds 3 --left-out-seeds 1 --output moe.json
  only the two that matter, longer:
    python -m services.trainer.ablation --contestants dense,moe --steps 1000 --seeds 5 --output moe.json
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """One contestant, fitted with one seed without the source named ``left_out`` (None: with all of them)."""

    contestant: str
    seed: int
    left_out: str | None


def run_trial(trial: Trial, sources: Sources, steps: int, compute: Compute) -> dict[str, Any]:
    """Fit and measure. Returns rows per source, entropy of expert use per source, best held-out ranking."""
    torch.manual_seed(trial.seed)
    model = SequenceModel(CONTESTANTS[trial.contestant])
    pace = Pace(trial.contestant, 0.0, steps, say=lambda text: None)
    training = [s for name, streams in sources.training.items() for s in streams if name != trial.left_out]
    fit_windows(
        model,
        sources.vectors,
        [*training, *sources.others],
        sources.checked,
        sources.failures,
        sources.checked_failures,
        np.random.default_rng(trial.seed),
        pace,
        Course(compute),
        checks=_CHECKS,
    )
    model.eval()

    def score(batch: Batch) -> tuple[FloatArray, FloatArray, FloatArray]:
        with torch.no_grad():
            real = torch.from_numpy(batch.is_real)
            vectors = sources.vectors[torch.from_numpy(batch.kind)] * real[..., None]
            head, surprise, window = model(vectors, torch.from_numpy(batch.side), real)
        return head.numpy(), surprise.numpy(), window.numpy()

    asked = [trial.left_out] if trial.left_out else list(sources.faulty)
    rows, entropies = {}, {}
    for name in asked:
        found = measure(score_streams(sources.faulty[name], sources.book, sources.vectors.numpy(), score))
        rows[name] = {column: found[column] for column in _KEPT}
        windows = [w for s in sources.faulty[name] for w in cut_fixed(s.events)]
        entropies[name] = entropy_of_use(model, pad(windows[:100]), sources.vectors)
    return {
        "contestant": trial.contestant,
        "seed": trial.seed,
        "left_out": trial.left_out,
        "sources": rows,
        "routing_entropy_bits": entropies,
        "milliseconds": round(1000 * seconds_for(model, sources), 2),
    }


def summarise(trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means over sources and seeds, and each contestant's difference from the dense twin, in points (1/100)."""
    table: dict[str, dict[str, float]] = {}
    for contestant in dict.fromkeys(trial["contestant"] for trial in trials):
        row: dict[str, float] = {}
        mine = [trial for trial in trials if trial["contestant"] == contestant]
        for setting, chosen in (
            ("together", [t for t in mine if t["left_out"] is None]),
            ("left out", [t for t in mine if t["left_out"] is not None]),
        ):
            for column in ("head_ap", "head_auc", "surprise_ap", "surprise_auc"):
                by_seed: dict[int, list[float]] = {}
                for trial in chosen:
                    values = [r[column] for r in trial["sources"].values() if r[column] == r[column]]
                    by_seed.setdefault(trial["seed"], []).extend(values)
                means = [fmean(values) for values in by_seed.values() if values]
                if means:
                    row[f"{setting} {column}"] = round(fmean(means), 4)
                    row[f"{setting} {column} sd"] = round(pstdev(means), 4)
        row["milliseconds"] = round(fmean(trial["milliseconds"] for trial in mine), 2)
        table[contestant] = row
    dense = table.get("dense", {})
    for row in table.values():
        for name in [n for n in row if n in dense and n.endswith(("_ap", "_auc"))]:
            row[f"{name} gain in points"] = round(100 * (row[name] - dense[name]), 2)
        if dense.get("milliseconds"):
            row["time ratio"] = round(row["milliseconds"] / dense["milliseconds"], 2)
    return table


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="services.trainer.ablation",
        description=(__doc__ or "").split("\n")[0],
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", type=Path, required=True, help="JSON file")
    parser.add_argument("--steps", type=int, default=150, help="of each fit")
    parser.add_argument("--seeds", type=int, default=3, help="fits with all sources together")
    parser.add_argument("--left-out-seeds", type=int, default=1, help="fits with each source left out")
    parser.add_argument("--contestants", default=",".join(CONTESTANTS).replace(", ", "; "), help="names, by comma")
    parser.add_argument("--artefact", type=Path, default=shipped_model(), help="whose line encoder to use")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    compute = Compute.choose("cpu", "auto", chosen.threads)
    sources = gather_sources(chosen.artefact, chosen.threads)
    names = [name.replace("; ", ", ") for name in chosen.contestants.split(",")]
    plan = [Trial(name, seed, None) for seed in range(chosen.seeds) for name in names]
    plan += [
        Trial(n, seed, out)
        for seed in range(chosen.left_out_seeds)
        for out in sources.training
        for n in names
        if n in _LEFT_OUT
    ]
    trials: list[dict[str, Any]] = []
    for number, trial in enumerate(plan, 1):
        trials.append(run_trial(trial, sources, chosen.steps, compute))
        say_on_stderr(f"{number}/{len(plan)}  {trial}")
        result = {"steps": chosen.steps, "summary": summarise(trials), "trials": trials}
        chosen.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for name, row in summarise(trials).items():
        say_on_stderr(f"{name}: {row}")


if __name__ == "__main__":
    main()
