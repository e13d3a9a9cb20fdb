"""Stage 4: raw sequences -> normal, a class, or unknown, exported to ONNX with its parity proven.

Classes are labels, where they are asked for, or the clusters of stage 3; anomalies in no cluster teach nothing. Each
fold is judged by a model that did not see it: that calibrates what is unknown and says how long the last model, which
trains on all of the fitting part, is to train. Raises ValueError, and ArtefactInvalid when ONNX differs from torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from services.trainer.effort import Effort
from services.trainer.export import export_run
from services.trainer.pipelines.deeplog.clusters import NOISE, NOT_CLUSTERED
from services.trainer.pipelines.deeplog.features import Features
from services.trainer.pipelines.deeplog.learn_classes import Fit, fit_classes
from services.trainer.pipelines.deeplog.sequences import NORMAL, Corpus
from services.trainer.sequence_artefact import MOST_DIFFERENCE, onnx_run
from services.trainer.train_detector import whole_directory
from shared.artefacts.sequence_classifier import GRAPH, OUTPUTS, prove_classifier
from shared.core.sequences.class_reader import CLUSTER_PREFIX, ClassReader, Outputs, Reject, run_classes
from shared.core.sequences.impressions import FloatArray, Run
from shared.core.sequences.key_book import IntArray
from shared.core.sequences.parsed_lines import Parsed
from shared.errors import ArtefactInvalid

_PROVEN_ON = 60  # sequences


@dataclass(frozen=True, slots=True)
class Targets:
    """chosen: numbers of the fitting sequences that teach    labels (m,) of ``classes``, one per chosen"""

    chosen: list[int]
    labels: IntArray
    classes: tuple[str, ...]


def targets_of(corpus: Corpus, features: Features, clusters: IntArray, by_labels: bool) -> Targets:
    """Raises ValueError for fewer than two classes."""
    names: list[str | None] = []
    for at, row in enumerate(corpus.rows):
        if by_labels:
            names.append(row.label)
        elif clusters[at] == NOT_CLUSTERED:
            names.append(None if features.is_anomalous[at] else NORMAL)
        else:
            names.append(None if clusters[at] == NOISE else f"{CLUSTER_PREFIX}{clusters[at]}")
    chosen = [
        at
        for at, name in enumerate(names)
        if name is not None and not features.is_test[at] and corpus.parsed[at].templates
    ]
    classes = tuple(sorted({str(names[at]) for at in chosen}))
    if len(classes) < 2:
        raise ValueError("there must be two classes at least; are there labels, or clusters?")
    number = {name: at for at, name in enumerate(classes)}
    return Targets(chosen, np.array([number[str(names[at])] for at in chosen], dtype=np.int64), classes)


def train_classifier(
    corpus: Corpus, targets: Targets, alpha: float, seed: int, effort: Effort, output: Path
) -> dict[str, Any]:
    """Into ``output``, whole or not at all; what there is to say of it."""
    parsed = [corpus.parsed[at] for at in targets.chosen]
    folds = corpus.folds[targets.chosen]
    oddities, called, best_steps, right = _out_of_fold(parsed, folds, targets, seed, effort)
    steps = int(np.median(best_steps)) if best_steps else effort.steps
    fitted = fit_classes(
        parsed, targets.labels, None, len(targets.classes), seed, replace(effort, steps=steps, epochs=None)
    )
    effort.say("exporting")
    trained = {"steps": steps, "out_of_fold_accuracy": right}
    with whole_directory(output) as fresh:
        return _write(fresh, fitted, parsed, targets, Reject(oddities, called), alpha, seed, trained)


def _write(
    output: Path,
    fitted: Fit,
    parsed: Sequence[Parsed],
    targets: Targets,
    reject: Reject,
    alpha: float,
    seed: int,
    trained: dict[str, Any],
) -> dict[str, Any]:
    export_run(fitted.run, output / GRAPH)
    exported = onnx_run(output / GRAPH, OUTPUTS)
    outputs = run_classes(exported, fitted.rows, parsed, len(targets.classes))
    difference = _prove_parity(fitted, exported, parsed, len(targets.classes))
    centres = _centres(outputs, targets)
    reader = ClassReader(exported, fitted.rows, targets.classes, centres, reject, alpha)
    said = {
        "classes": dict(zip(targets.classes, np.bincount(targets.labels).tolist(), strict=True)),
        **trained,
        "calibration_sequences": len(reject.called),
        "least_alpha": round(reject.least_alpha(), 4),
        "largest_difference_from_torch": float(f"{difference:.1e}"),
    }
    prove_classifier(output, reader.settings(), {**said, "seed": seed, "onnxruntime": onnxruntime.__version__})
    return said


def _out_of_fold(
    parsed: Sequence[Parsed], folds: IntArray, targets: Targets, seed: int, effort: Effort
) -> tuple[FloatArray, IntArray, list[int], float | None]:
    """Oddities and likeliest class of every sequence by a model that did not train on it; steps; share that is right.

    Sequences of a class that a fold's model never met calibrate nothing.
    """
    oddities: list[FloatArray] = []
    called: list[IntArray] = []
    steps, right = [], []
    for fold in np.unique(folds).tolist():
        rest, out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        met = np.unique(targets.labels[rest])
        out = out[np.isin(targets.labels[out], met)]
        if len(met) < 2 or not len(out):
            continue
        effort.say(f"classes without fold {fold}: {len(rest)} sequences")
        asked = [parsed[at] for at in out.tolist()]
        kept = [parsed[at] for at in rest.tolist()]
        fitted = fit_classes(
            kept, targets.labels[rest], (asked, targets.labels[out]), len(targets.classes),
            seed, effort,
        )  # fmt: skip
        inside = run_classes(fitted.run, fitted.rows, kept, len(targets.classes))
        centres = _centres(inside, replace(targets, labels=targets.labels[rest]))
        found, own = run_classes(fitted.run, fitted.rows, asked, len(targets.classes)).oddities(centres)
        oddities.append(found)
        called.append(own)
        steps.append(fitted.best_step)
        right += (own == targets.labels[out]).tolist()
    if not called:
        return np.zeros((0, 2)), np.zeros(0, dtype=np.int64), [], None
    return np.concatenate(oddities), np.concatenate(called), steps, round(float(np.mean(right)), 4)


def _centres(outputs: Outputs, targets: Targets) -> FloatArray:
    """(classes, dim) mean code of each class; of a class without a sequence the mean of all."""
    means = [
        outputs.codes[own].mean(axis=0) if (own := targets.labels == at).any() else outputs.codes.mean(axis=0)
        for at in range(len(targets.classes))
    ]
    return np.stack(means)


def _prove_parity(fitted: Fit, exported: Run, parsed: Sequence[Parsed], classes: int) -> float:
    some = list(parsed[:: max(len(parsed) // _PROVEN_ON, 1)])
    one, other = (run_classes(run, fitted.rows, some, classes) for run in (fitted.run, exported))
    difference = max(float(np.abs(one.shares - other.shares).max()), float(np.abs(one.codes - other.codes).max()))
    if not difference <= MOST_DIFFERENCE:
        raise ArtefactInvalid(f"the exported graph differs from torch by {difference:.2e}")
    return difference
