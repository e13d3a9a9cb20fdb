"""What the gates are told of one model: measured with the detector's own code, on windows that it never saw.

In: a model of the registry, golden tasks, windows that people have labelled. Out: Measured. Raises ArtefactInvalid.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loglynx.bench.detectors.ours import followed
from loglynx.bench.metrics import Quality, quality
from loglynx.bench.rows import ROWS
from loglynx.bench.task import Case, Events, Scores, Task
from services.detector.device import Device
from services.detector.gather_evidence import EvidenceReader, load_reader
from services.detector.onnx_model import OnnxModel
from services.detector.settings import DetectorSettings
from shared.artefacts.manifest import Artefact
from shared.artefacts.registry import Entry
from shared.core.evidence import WindowEvidence
from shared.core.reference import Reference

# Baselines that need nothing but what the command has; their best figure is the bar.
SIMPLE = ("new-template", "severity-words", "bigram", "ecvc")
REFERENCE_SHARE = 0.1
_TIMED_WINDOWS, _TIMED_RUNS = 100, 5
_KNOWN_LINES = 100_000


@dataclass(frozen=True, slots=True)
class FeedbackMeasured:
    """Windows that people have labelled, judged alone: labels known and met, anomalies confirmed and flagged."""

    windows: int
    right: int
    confirmed: int
    found: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One model.

    systems          golden system -> average precision of its verdicts
    false_alarms     share of normal golden windows that are flagged, of ``normal_windows``
    reference_share  share of normal golden windows whose p-value against the reference is at most REFERENCE_SHARE
    apart            largest difference of a window's scores alone and in a batch
    exported         the differences that its manifest tells of
    window_ms        CPU time of one window of ten known lines; ``template_ms`` of one new line
    """

    address: str
    systems: Mapping[str, float]
    false_alarms: float
    normal_windows: int
    reference_share: float
    apart: float
    exported: Mapping[str, float]
    size_bytes: int
    window_ms: float
    template_ms: float
    feedback: FeedbackMeasured | None


class Model:
    """A model of the registry, loaded as the detector loads it, on the CPU. Raises ArtefactInvalid."""

    def __init__(self, entry: Entry) -> None:
        self.address, self.artefact, self.size_bytes = entry.address, entry.artefact, entry.size_bytes
        self.reader, self.reference = load_reader(entry.artefact, 1, _KNOWN_LINES, Device.CPU)


def measure_model(model: Model, tasks: Sequence[Task], feedback: Sequence[Case]) -> Measured:
    """All of it; some seconds per task."""
    settings = DetectorSettings.from_environment()
    systems: dict[str, float] = {}
    normal: list[WindowEvidence] = []
    flagged = 0
    for task in tasks:
        known = model.reader.read([case.events for case in task.fit])
        judged = model.reader.read([case.events for case in task.test])
        scores = followed(known, judged, settings.learn_windows, settings.alarm_budget, model.reference.judge)
        found = quality_of(task, scores)
        systems[task.name] = found.average_precision
        flagged += found.false_alarms
        normal += [seen for seen, case in zip(judged, task.test, strict=True) if not case.is_anomaly]
    windows = [case.events for case in tasks[0].test]
    return Measured(
        address=model.address,
        systems=systems,
        false_alarms=flagged / len(normal),
        normal_windows=len(normal),
        reference_share=_share_by_reference(model.reference, normal),
        apart=_apart(model.reader, windows),
        exported=_exported(model.artefact),
        size_bytes=model.size_bytes,
        window_ms=_window_ms(model.reader, windows),
        template_ms=_template_ms(model.reader.model, windows),
        feedback=_on_feedback(model, feedback, settings.sequence_alarm_budget) if feedback else None,
    )


def measure_simple(tasks: Sequence[Task], budget: float = 0.001) -> dict[str, float]:
    """Mean average precision of each simple baseline that can be had here."""
    found: dict[str, float] = {}
    for name in SIMPLE:
        try:
            each = [quality_of(task, _scores(name, task, budget)).average_precision for task in tasks]
        except ImportError:
            continue  # of the extra `bench`; the others remain
        found[name] = float(np.mean(each))
    return found


def quality_of(task: Task, scores: Scores) -> Quality:
    is_anomaly = np.array([case.is_anomaly for case in task.test], dtype=bool)
    return quality(is_anomaly, scores.strangeness, scores.strangeness > scores.threshold)


def _scores(name: str, task: Task, budget: float) -> Scores:
    detector = ROWS[name].make()
    detector.fit([case.events for case in task.fit], budget, 0)
    return detector.score([case.events for case in task.test])


def _share_by_reference(reference: Reference, windows: Sequence[WindowEvidence]) -> float:
    strangeness = np.array([reference.judge(window).strangeness for window in windows])
    return float((strangeness >= -math.log(REFERENCE_SHARE)).mean())


def _on_feedback(model: Model, feedback: Sequence[Case], budget: float) -> FeedbackMeasured:
    """Judged like self-contained sequences: the stream of a labelled window may be long gone."""
    evidence = model.reader.read([case.events for case in feedback])
    is_flagged = [model.reference.judge(seen).strangeness > -math.log(budget) for seen in evidence]
    pairs = list(zip(is_flagged, (case.is_anomaly for case in feedback), strict=True))
    return FeedbackMeasured(
        windows=len(pairs),
        right=sum(flag == truth for flag, truth in pairs),
        confirmed=sum(truth for _, truth in pairs),
        found=sum(flag and truth for flag, truth in pairs),
    )


def _apart(reader: EvidenceReader, windows: Sequence[Events]) -> float:
    together = reader.read(windows[:32])
    alone = [reader.read([window])[0] for window in windows[:32]]
    return max(
        max(abs(a.head - b.head), float(np.abs(a.surprise - b.surprise).max()))
        for a, b in zip(together, alone, strict=True)
    )


def _exported(artefact: Artefact) -> dict[str, float]:
    found = artefact.manifest.metrics.get("largest_differences")
    if not isinstance(found, dict):
        return {}
    return {name: float(value) for name, value in found.items() if isinstance(value, (int, float))}


def _window_ms(reader: EvidenceReader, windows: Sequence[Events]) -> float:
    chosen = windows[:_TIMED_WINDOWS]
    reader.read(chosen)
    return min(_cpu_s(lambda: reader.read(chosen)) for _ in range(_TIMED_RUNS)) * 1000 / len(chosen)


def _template_ms(onnx: OnnxModel, windows: Sequence[Events]) -> float:
    lines = [event.message for window in windows[:20] for event in window]
    return min(_cpu_s(lambda: onnx.encode(lines)) for _ in range(3)) * 1000 / len(lines)


def _cpu_s(work: Callable[[], object]) -> float:
    """CPU time of this thread: other work of the machine does not count."""
    began = time.thread_time()
    work()
    return time.thread_time() - began
