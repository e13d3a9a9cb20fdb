"""Simulated anomalies: normal windows that were spoiled, at a given ratio, from a seed.

They answer one question, whether a model notices a hole, a repeat, a reversal or other shares at all. How often real
faults look like that nobody knows, so what is measured on them stands apart, under this name, and is no result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from loglynx.bench.injections import Injected, drop_run, reorder_run, repeat_one, shift_ratio
from loglynx.bench.metrics import quality
from loglynx.bench.results import plain_figures
from loglynx.bench.task import Events
from loglynx.trained_model import TrainedModel
from shared.core.records import Event

WARNING = "anomalies were simulated by spoiling normal windows; none of these figures is a result"


def spoil(windows: Sequence[Events], ratio: float, seed: int) -> tuple[list[Events], list[bool]]:
    """All windows in order, about ``ratio`` of them spoiled, and which."""
    rng = np.random.default_rng(seed)
    chosen = rng.random(len(windows)) < ratio
    if len(windows) and not chosen.any():
        chosen[int(rng.integers(len(windows)))] = True
    spoiled, wrong = [], []
    for events, is_chosen in zip(windows, chosen.tolist(), strict=True):
        found = _spoil_one(events, rng) if is_chosen else None
        spoiled.append(events if found is None else tuple(found.items))
        wrong.append(found is not None)
    return spoiled, wrong


def measure_simulated(model: TrainedModel, normal: Sequence[Events], ratio: float, seed: int) -> dict[str, Any]:
    """Figures under ``WARNING``."""
    windows, wrong = spoil(normal, ratio, seed)
    scores = model.score(windows)
    found = quality(np.array(wrong, dtype=bool), scores.strangeness, scores.strangeness > scores.threshold)
    figures = {name: getattr(found, name) for name in ("windows", "anomalies", "flagged", "roc_auc", "recall")}
    return {"warning": WARNING, "ratio": ratio, **plain_figures(figures)}


def _spoil_one(events: Events, rng: np.random.Generator) -> Injected[Event] | None:
    def kind(event: Event) -> str:
        return event.message

    ways = (
        lambda: drop_run(events, rng),
        lambda: reorder_run(events, rng, kind),
        lambda: repeat_one(events, rng),
        lambda: shift_ratio(events, rng, kind),
    )
    for way in rng.permutation(len(ways)).tolist():
        found: Injected[Event] | None = ways[way]()
        if found is not None:
            return found
    return None
