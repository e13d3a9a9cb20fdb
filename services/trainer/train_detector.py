"""Trains a detector of one system's own logs and writes it as an artefact: one call, any of six model types.

In: normal windows in the order of time, as the model type reads them (shared.core.sequences.seen). The first four
fifths are fitted on, of which the last tenth says when to stop; one window is left out, or as many as share lines, so
that neighbours cannot vouch for each other; the rest sets the threshold from the budget. No label is involved. Out: a
directory that was written whole or not at all. Raises TooFewWindows, CheckpointMismatch, ArtefactInvalid.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from services.trainer import learn_autoencoder, learn_deeplog, learn_gnn, learn_logbert_distil, learn_tinylogbert
from services.trainer.effort import Effort
from services.trainer.learn_tinylogbert import Words
from services.trainer.sequence_artefact import Fitted, Told, write_sequence_artefact
from shared.artefacts.sequence_detector import DetectorManifest
from shared.core.sequences.seen import ModelType, Window
from shared.core.sequences.token_rows import TokenRows

FIT_SHARE = 0.8
GAP = 1
FEWEST_WINDOWS = 20
W = TypeVar("W")


class TooFewWindows(ValueError):
    """A detector needs at least FEWEST_WINDOWS normal windows."""


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """What one run is asked to do. ``training`` goes into the manifest as it is, besides what the run itself says.

    gap  windows left out between those that are fitted on and those that set the threshold
    """

    model_type: ModelType
    output: Path
    window: str
    budget: float = 0.001
    seed: int = 0
    training: Mapping[str, Any] | None = None
    gap: int = GAP


@dataclass(frozen=True, slots=True)
class _Kind:
    fit: Callable[[Any, int, Effort], Any]
    effort: Effort
    peak_rate: float


_KINDS: Mapping[ModelType, _Kind] = {
    "tinylogbert": _Kind(learn_tinylogbert.fit_tinylogbert, learn_tinylogbert.EFFORT, 2e-3),
    "logbert_distil": _Kind(learn_logbert_distil.fit_logbert_distil, learn_logbert_distil.EFFORT, 2e-3),
    "logbert": _Kind(
        learn_logbert_distil.fit_logbert, learn_logbert_distil.FULL_EFFORT, learn_logbert_distil.FULL_PEAK_RATE
    ),
    "deeplog": _Kind(learn_deeplog.fit_deeplog, learn_deeplog.EFFORT, learn_deeplog.PEAK_RATE),
    "autoencoder": _Kind(learn_autoencoder.fit_autoencoder, learn_autoencoder.EFFORT, learn_autoencoder.PEAK_RATE),
    "gnn": _Kind(learn_gnn.fit_gnn, learn_gnn.EFFORT, 2e-3),
}


def default_effort(model_type: ModelType) -> Effort:
    """What a run is bounded by unless it is told otherwise."""
    return _KINDS[model_type].effort


def train_detector(plan: DetectorPlan, windows: Sequence[Window], effort: Effort) -> DetectorManifest | None:
    """The manifest of what was written; None in a process that only helps another one."""
    refuse_link(plan.output)
    normal = [window for window in windows if window]
    if len(normal) < FEWEST_WINDOWS:
        raise TooFewWindows(f"{len(normal)} normal windows are too few; at least {FEWEST_WINDOWS} are needed")
    cut = int(FIT_SHARE * len(normal))
    held_back = behind_gap(normal, cut, plan.gap)
    kind = _KINDS[plan.model_type]
    reader = kind.fit(normal[:cut], plan.seed, effort)
    if not effort.course.peers.is_first:
        return None
    training = {
        **(plan.training or {}),
        "seed": plan.seed,
        "fit_windows": cut,
        "epochs": effort.epochs,
        "most_steps": effort.steps if effort.epochs is None else None,
        "learning_rate": effort.peak_rate or kind.peak_rate,
        "processes": effort.course.peers.count,
        "compute": str(effort.course.compute),
        "torch": torch.__version__,
    }
    told = Told(plan.window, plan.budget, training, {})
    with whole_directory(plan.output) as fresh:
        return write_sequence_artefact(fresh, _fitted(plan.model_type, reader), held_back, told)


def behind_gap(normal: Sequence[W], cut: int, gap: int) -> Sequence[W]:
    """What sets the threshold where the first ``cut`` windows are fitted on."""
    if not (held_back := normal[cut + gap :]):
        raise TooFewWindows(
            f"{len(normal)} normal windows are too few: those that set the threshold share their lines"
        )
    return held_back


def _fitted(model_type: ModelType, reader: Any) -> Fitted:
    cut = getattr(reader, "cut", None)
    if isinstance(cut, TokenRows) and isinstance(cut.tokenize, Words):
        return Fitted(model_type, reader, cut.tokenize.tokenizer.to_str(), cut.tokenize)
    return Fitted(model_type, reader)


@contextmanager
def whole_directory(output: Path) -> Iterator[Path]:
    """A directory beside ``output`` that takes its place when all went well, and is gone otherwise.

    What was there is moved aside and deleted last: a kill at any moment leaves one of the two whole. Raises
    ValueError for a link.
    """
    refuse_link(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    fresh, old = beside / "fresh", beside / "old"
    try:
        fresh.mkdir()
        yield fresh
        fresh.chmod(0o755)
        if output.exists():
            output.rename(old)
        fresh.rename(output)
    finally:
        if old.exists() and not output.exists():  # the fresh one could not take its place
            old.rename(output)
        shutil.rmtree(beside, ignore_errors=True)


def refuse_link(output: Path) -> None:
    """Raises ValueError for a link: a directory that takes its place would leave what it leads to as it was."""
    if output.is_symlink():
        raise ValueError(f"{output.name} is a link; give the directory itself")
