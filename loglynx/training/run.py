"""One training run, from whatever a person has to an evaluated, calibrated artefact and its report.

Simulated anomalies are measured in a section of the report that says so, and nowhere else. Raises CommandFailed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from loglynx.bench.metrics import quality
from loglynx.bench.results import plain_figures
from loglynx.bench.task import Case
from loglynx.failures import CommandFailed
from loglynx.trained_model import TrainedModel, load_trained
from loglynx.training.cases import ReadCases
from loglynx.training.simulated import measure_simulated
from loglynx.training.splitting import Split, split
from services.trainer.checkpoints import CheckpointMismatch, Checkpoints
from services.trainer.compute import Compute
from services.trainer.course import Course, nobody
from services.trainer.event_files import event_files
from services.trainer.pace import Say
from services.trainer.peers import Peers
from services.trainer.train_detector import DetectorPlan, TooFewWindows, default_effort, train_detector
from services.trainer.train_moe import MoePlan, train_moe
from shared.artefacts.shipped import shipped_model
from shared.core.sequences.seen import EXPERIMENTAL, MODEL_TYPES, Seer
from shared.errors import ArtefactInvalid

MOE = "moe"
TYPES = (MOE, *MODEL_TYPES)
MOE_STEPS = 300  # of the sequence model; half as many of the line encoder
_MOE_WINDOWS = 70  # in one batch of the sequence model, about


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for; None: the model's own default."""

    model_type: str
    output: Path
    checkpoint_dir: Path
    is_resuming: bool = False
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    anomaly_ratio: float = 0.0
    budget: float = 0.001
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    threads: int = 1
    is_from_nothing: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


def run_training(read: ReadCases, asked: Asked, say: Say) -> dict[str, Any] | None:
    """The report, also written beside the artefact; None in a process that only helps another one."""
    if asked.model_type == MOE and asked.batch_size is not None:
        raise CommandFailed(
            f"a batch of {MOE} is of several systems at once and always about {_MOE_WINDOWS} windows",
            "leave out --batch-size",
        )
    if asked.model_type != MOE and asked.is_from_nothing:
        raise CommandFailed(f"{asked.model_type} always starts from nothing", "leave out --from-scratch")
    parts = split(read)
    try:
        with _course(read, asked) as course:
            quiet = say if course.peers.is_first else _nothing
            quiet(
                f"{len(parts.normal)} normal windows to train on, {len(parts.test)} to test, "
                f"{parts.left_out} anomalous ones left out; {asked.model_type} on {course.compute}"
                + (f", {course.peers.count} processes" if course.peers.count > 1 else "")
            )
            _train(read, parts, asked, course, quiet)
            is_first = course.peers.is_first
    except TooFewWindows as error:
        raise CommandFailed(str(error), "give more lines, or a smaller --window") from error
    except CheckpointMismatch as error:
        raise CommandFailed(str(error), "choose another --checkpoint-dir, or leave out --resume") from error
    except ArtefactInvalid as error:
        raise CommandFailed(f"no artefact was written: {error.detail}") from error
    except ValueError as error:
        raise CommandFailed(str(error)) from error
    if not is_first:
        return None
    report = _report(read, parts, asked, load_trained(asked.output))
    report_path(asked.output).write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return report


def report_path(output: Path) -> Path:
    """Beside the artefact, which holds nothing that its manifest does not prove."""
    return output.with_name(output.name + ".report.json")


def _nothing(text: str) -> None:
    """Only the first process speaks."""


@contextmanager
def _course(read: ReadCases, asked: Asked) -> Iterator[Course]:
    peers = Peers.join()
    compute = Compute.choose(asked.device, asked.precision, asked.threads, peers.local_rank)
    if asked.precision == "auto" and asked.model_type != MOE and compute.device.type == "cpu":
        compute = replace(compute, precision="float32")  # products as small as these gain nothing by bfloat16 there
    checkpoints = Checkpoints(
        asked.checkpoint_dir, _identity(read, asked, peers.count), asked.is_resuming, peers.is_first
    )
    with ExitStack() as stack:
        stack.callback(peers.leave)
        watch = stack.enter_context(event_files(asked.checkpoint_dir / "events")) if peers.is_first else nobody
        yield Course(compute, checkpoints, watch, peers)


def _identity(read: ReadCases, asked: Asked, processes: int) -> str:
    """What decides the weights: checkpoints of anything else are refused. Processes share batches, so that their
    number decides what a step is."""
    said = (
        read.digest, read.window, asked.model_type, asked.epochs, asked.batch_size, asked.learning_rate, asked.seed,
        asked.is_from_nothing, asked.precision, processes,
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _train(read: ReadCases, parts: Split, asked: Asked, course: Course, say: Say) -> None:
    training = {"data": read.name, "data_sha256": read.digest, **asked.extra}
    if asked.model_type == MOE:
        steps = _moe_steps(len(parts.normal), asked)
        start = None if asked.is_from_nothing else shipped_model()
        plan = MoePlan(
            asked.output, start, max(steps // 2, 1), steps, read.window, asked.budget, asked.seed,
            asked.learning_rate, say, training, parts.gap,
        )  # fmt: skip
        train_moe(plan, parts.normal, course)
        return
    model_type = next(name for name in MODEL_TYPES if name == asked.model_type)
    effort = replace(
        default_effort(model_type), say=say, epochs=asked.epochs, batch_windows=asked.batch_size,
        peak_rate=asked.learning_rate, course=course,
    )  # fmt: skip
    if asked.epochs is not None:  # who counts epochs means all of the data
        effort = replace(effort, most_events=1 << 40)
    windows = Seer(model_type).see(parts.normal)
    plan_of = DetectorPlan(model_type, asked.output, read.window, asked.budget, asked.seed, training, parts.gap)
    train_detector(plan_of, windows, effort)


def _moe_steps(windows: int, asked: Asked) -> int:
    if asked.epochs is None:
        return MOE_STEPS
    return max(asked.epochs * windows // _MOE_WINDOWS, 1)


def _report(read: ReadCases, parts: Split, asked: Asked, model: TrainedModel) -> dict[str, Any]:
    report: dict[str, Any] = {
        "model_type": asked.model_type,
        "is_experimental": asked.model_type in EXPERIMENTAL,
        "version": model.version,
        "artefact": str(asked.output),
        "data": {"name": read.name, "sha256": read.digest, "window": read.window, "is_labelled": read.is_told},
        "windows": {"normal": len(parts.normal), "test": len(parts.test), "anomalous_left_out": parts.left_out},
        "training": dict(model.training),
        "metrics": dict(model.metrics),
        "test": _tested(parts.test, model) if parts.test else None,
    }
    if asked.anomaly_ratio > 0:
        report["simulated"] = measure_simulated(model, parts.held_back, asked.anomaly_ratio, asked.seed)
    return report


def _tested(test: Sequence[Case], model: TrainedModel) -> dict[str, Any]:
    scores = model.score([case.events for case in test])
    is_anomaly = np.array([case.is_anomaly for case in test], dtype=bool)
    found = quality(is_anomaly, scores.strangeness, scores.strangeness > scores.threshold)
    return plain_figures(asdict(found))
