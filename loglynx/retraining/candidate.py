"""The candidate's files: graphs, copied from the active model or tuned on the site's normal windows, and baselines.

In: the active model's verified artefact, what teaches. Out: a directory whose manifest proves it. Raises
ArtefactInvalid; TooFewWindows when there is not enough to tune on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.artefacts.manifest import (
    BASELINES,
    LINE_ENCODER,
    MODEL_CARD,
    REQUIRED,
    SEQUENCE_MODEL,
    Artefact,
    Manifest,
    load_artefact,
    write_manifest,
)
from shared.artefacts.stream_baselines import pack_baselines
from shared.core.baseline import Baseline
from shared.core.records import Event

Say = Callable[[str], None]


def copy_graphs(parent: Artefact, directory: Path) -> Artefact:
    """The active model once more, without the baselines that it may know."""
    directory.mkdir()
    for name in sorted(REQUIRED):
        (directory / name).write_bytes(parent.read(name))
    _prove(directory, parent.manifest, dict(parent.manifest.training), dict(parent.manifest.metrics))
    return load_artefact(directory)


def tune_graphs(
    parent: Artefact, windows: Sequence[Sequence[Event]], steps: int, seed: int, directory: Path, say: Say
) -> Artefact:
    """Both networks taught further by these windows, from the active model's weights, for ``steps`` steps each."""
    from services.trainer.course import Course
    from services.trainer.train_moe import MoePlan, train_moe

    plan = MoePlan(directory, parent.directory, steps, steps, "archived", seed=seed, say=say)
    train_moe(plan, windows, Course())
    return load_artefact(directory)


def has_same_graphs(one: Artefact, other: Artefact) -> bool:
    return all(one.manifest.files[n].sha256 == other.manifest.files[n].sha256 for n in (LINE_ENCODER, SEQUENCE_MODEL))


def finish(
    directory: Path, graphs: Artefact, baselines: Mapping[str, Baseline], retraining: Mapping[str, Any]
) -> Manifest:
    """Baselines beside the graphs, a card, and a manifest that proves all of it."""
    (directory / BASELINES).write_bytes(pack_baselines(baselines))
    training = {**graphs.manifest.training, "retraining": dict(retraining)}
    known = f"It knows {len(baselines)} streams of its site before it sees them."
    card = ["# Loglynx's model, retrained from one site's archive and feedback", "", known, ""]
    (directory / MODEL_CARD).write_text("\n".join(card), encoding="utf-8")
    return _prove(directory, graphs.manifest, training, dict(graphs.manifest.metrics))


def _prove(directory: Path, like: Manifest, training: dict[str, Any], metrics: dict[str, Any]) -> Manifest:
    return write_manifest(
        directory,
        shapes=like.shapes,
        objectives=like.objectives,
        training=training,
        metrics=metrics,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        licence=like.licence,
    )
