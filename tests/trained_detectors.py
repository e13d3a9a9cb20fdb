"""Detectors trained on the spot on the toy grammar, for tests of whatever reads, compares or serves them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from toy_grammar import Templates, normal_windows, with_failure

from services.trainer.train_detector import DetectorPlan, default_effort, train_detector
from shared.artefacts.sequence_detector import DetectorManifest
from shared.core.records import Event
from shared.core.sequences.seen import ModelType, Seer


def events_of(windows: Sequence[Templates]) -> list[tuple[Event, ...]]:
    return [tuple(Event(text=line, message=line) for line in window) for window in windows]


def a_detector(
    directory: Path, model_type: ModelType = "deeplog", steps: int = 120, seed: int = 0, budget: float = 0.02
) -> DetectorManifest:
    """Trained on 150 sessions."""
    windows = Seer(model_type).see(events_of(normal_windows(150)))
    effort = replace(default_effort(model_type), steps=steps, per_step=256)
    made = train_detector(DetectorPlan(model_type, directory, "sessions", budget, seed), windows, effort)
    assert made is not None
    return made


def write_sequences(path: Path, normal: int = 60, every: int = 0, seed: int = 3) -> Path:
    """JSON Lines; every so many sessions hold a failure and the label 1; 0: no labels at all."""
    rows = []
    for at, window in enumerate(normal_windows(normal, seed)):
        is_wrong = bool(every) and at % every == every - 1
        lines = with_failure(window) if is_wrong else window
        rows.append({"lines": list(lines), **({"label": int(is_wrong)} if every else {})})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
