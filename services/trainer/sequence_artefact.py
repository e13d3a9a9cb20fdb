"""From a fitted reader to a directory that proves itself: graph, parity, calibration, card, manifest.

Parity is proven on what serving gives out: the same windows, read by torch and by ONNX Runtime, must make the same
impressions. Calibration is read by the exported graph, on normal windows that were held back. Raises ArtefactInvalid
when the two differ, so that no such file is ever written into a manifest.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from services.trainer.export import export_run
from services.trainer.torch_run import TorchRun
from shared.artefacts import sequence_detector as form
from shared.artefacts.manifest import MODEL_CARD
from shared.core.calibration import fit_tail
from shared.core.sequences.impressions import Arrays, Impression, Run, SequenceReader
from shared.core.sequences.key_book import IntArray
from shared.core.sequences.seen import (
    EXPERIMENTAL,
    NOISE,
    SMALLEST_SCALE,
    ModelType,
    Window,
    reader_of,
    settings_of,
    threshold_of,
)
from shared.core.sequences.token_rows import Tokenize
from shared.errors import ArtefactInvalid

MOST_DIFFERENCE = NOISE  # nats; the books' smoothing works in float64 on both sides
_PROVEN_ON = 200  # windows
_KEPT_VALUES = 2_000  # of the calibration, all quantiles when there are more
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A reader that runs by torch, with what it tokenizes by, where it reads words."""

    model_type: ModelType
    reader: Any
    tokenizer_json: str | None = None
    tokenize: Tokenize | None = None

    @property
    def run(self) -> TorchRun:
        run: TorchRun = self.reader.run
        return run

    def read_by(self, run: Run) -> SequenceReader[Window]:
        """The reader as serving puts it together, from what is written."""
        settings = json.loads(json.dumps(settings_of(self.reader)))
        return reader_of(self.model_type, settings, run, self.tokenize)


@dataclass(frozen=True, slots=True)
class Told:
    """What the manifest says besides. Nothing in ``metrics`` may depend on time, or runs could not be compared."""

    window: str
    budget: float
    training: Mapping[str, Any]
    metrics: Mapping[str, Any]


def write_sequence_artefact(
    directory: Path,
    fitted: Fitted,
    calibration: Sequence[Window],
    told: Told,
) -> form.DetectorManifest:
    """Everything into ``directory``."""
    export_run(fitted.run, directory / form.GRAPH)
    exported = fitted.read_by(onnx_run(directory / form.GRAPH, fitted.run.outputs))
    difference = prove_parity(fitted.reader, exported, calibration)
    strangeness = np.array([each.strangeness for each in exported.read(calibration)])
    kept = thinned(strangeness)
    threshold = threshold_of(fit_tail(kept, SMALLEST_SCALE), told.budget)
    _write_json(directory / form.CALIBRATION, {"strangeness": [round(float(value), 6) for value in kept]})
    _write_json(directory / form.READER, settings_of(fitted.reader))
    if fitted.tokenizer_json is not None:
        (directory / form.TOKENIZER).write_text(fitted.tokenizer_json, encoding="utf-8")
    metrics = {
        **told.metrics,
        "largest_difference_from_torch": float(f"{difference:.1e}"),
        "calibration_windows": len(calibration),
        "threshold": round(float(threshold), 4),
        "held_back_flagged_share": round(float((strangeness > threshold).mean()), 6),
    }
    (directory / MODEL_CARD).write_text(_card(fitted.model_type, told, metrics), encoding="utf-8")
    return form.prove_sequence_detector(
        directory,
        model_type=fitted.model_type,
        is_experimental=fitted.model_type in EXPERIMENTAL,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        window=told.window,
        budget=told.budget,
        training=dict(told.training),
        metrics=metrics,
    )


def prove_parity(torch_reader: Any, exported: SequenceReader[Window], windows: Sequence[Window]) -> float:
    """The largest difference of an impression, in nats or per number of an embedding."""
    some = [windows[at] for at in _spread(len(windows), _PROVEN_ON).tolist()]
    pairs = zip(torch_reader.read(some), exported.read(some), strict=True)
    difference = max((_apart(one, other) for one, other in pairs), default=0.0)
    if not difference <= MOST_DIFFERENCE:
        raise ArtefactInvalid(f"the exported graph differs from torch by {difference:.2e}")
    return difference


def onnx_run(path: Path, outputs: Sequence[str]) -> Run:
    """The exported graph, on the processor."""
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])

    def run(arrays: Arrays) -> Sequence[NDArray[Any]]:
        results: Sequence[NDArray[Any]] = session.run(list(outputs), dict(arrays))
        return results

    return run


def thinned(values: FloatArray) -> FloatArray:
    """Sorted; at most _KEPT_VALUES quantiles, evenly spaced in rank so that p-values stay what they are."""
    if len(values) <= _KEPT_VALUES:
        return np.sort(values)
    return np.asarray(np.quantile(values, np.linspace(0.0, 1.0, _KEPT_VALUES)))


def _apart(one: Impression, other: Impression) -> float:
    parts = ((one.surprise, other.surprise), (one.embedding, other.embedding))
    largest = [float(np.abs(a - b).max(initial=0.0)) for a, b in parts]
    return max(abs(one.strangeness - other.strangeness), *largest)


def _spread(count: int, most: int) -> IntArray:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def _card(model_type: str, told: Told, metrics: Mapping[str, Any]) -> str:
    experimental = "\n**Experimental.** It is measured, not recommended.\n" if model_type in EXPERIMENTAL else ""
    rows = [f"| {name} | {value} |" for name, value in told.training.items()]
    figures = [f"| {name} | {json.dumps(value)} |" for name, value in metrics.items()]
    return "\n".join(
        [
            f"# A detector of one system's logs: {model_type}",
            experimental,
            f"It reads windows cut by `{told.window}`. Its threshold lets {told.budget:g} of normal windows be "
            "flagged; it was set on normal windows that training never saw, without a label.",
            "",
            *("| trained with | |", "|---|---|", *rows, ""),
            *("| measured | |", "|---|---|", *figures),
            "",
        ]
    )
