"""How well a model tells faults from normal life in systems that training never saw, beside two that need no model.

In: streams with a normal run (``events``) and one in which things break (``faults``, ``wrong`` marking its lines).
Out: areas under the curve and average precision, per system and overall. Nothing here chooses a threshold: that is
each stream's own business when serving.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.simulated import simulated_stream
from services.trainer.datasets.streams import Draft, Stream, TemplateBook
from services.trainer.datasets.windows import Batch, pad
from services.trainer.ranking import area_under_curve, average_precision
from shared.core.evidence import VALUE_SLOTS, WindowEvidence, worst_mean
from shared.core.lexicon import trouble
from shared.core.records import Level
from shared.core.side_channel import gaps

__all__ = ["area_under_curve", "cut_fixed", "faulty_streams", "measure", "score_streams", "score_windows"]

FloatArray = NDArray[np.float32]
# a batch -> head (W,), surprise (W, L), window vectors (W, dim)
Score = Callable[[Batch], tuple[FloatArray, FloatArray, FloatArray]]
_CELLS_AT_ONCE = 1280
_FAULT_SHARE = 0.04  # of the lines, written by faults
EVENTS_PER_WINDOW = 10


@dataclass(frozen=True, slots=True)
class ScoredWindow:
    """What the model saw in one window, and the truth about it.

    new       events whose template the system's normal run does not hold
    distance  cosine distance of the window's vector to the nearest window of the normal run
    """

    evidence: WindowEvidence
    wrong: NDArray[np.bool_]
    new: int = 0
    distance: float = 0.0


def faulty_streams(names: Sequence[str], seed: int, lines: int, book: TemplateBook) -> dict[str, list[Stream]]:
    """Two streams of each simulator named: a normal run, and one with faults."""

    def stream(name: str, seed: int) -> Stream:
        broken = simulated_stream(name, seed, lines, book, _FAULT_SHARE).events
        normal = simulated_stream(name, seed + 500, lines, book)
        return Stream(normal.name, normal.events, faults=broken)

    return {name: [stream(name, seed + i) for i in range(2)] for name in names}


def cut_fixed(events: Draft, length: int = EVENTS_PER_WINDOW) -> list[Draft]:
    """The events in windows of ``length``, remainder dropped."""
    return [events.take(slice(s, s + length)) for s in range(0, len(events) - length + 1, length)]


def score_streams(
    streams: Sequence[Stream], book: TemplateBook, vectors: FloatArray, score: Score, length: int = EVENTS_PER_WINDOW
) -> list[ScoredWindow]:
    """Every window of the broken runs, each beside its own stream's normal run."""
    scored = []
    for stream in streams:
        if stream.faults is None or len(stream.events) < length:
            continue
        known = np.unique(stream.events.kind)
        normal = np.concatenate([score(pad(part))[2] for part in _parts(cut_fixed(stream.events, length))])
        for window in score_windows(cut_fixed(stream.faults, length), book, vectors, score):
            new = int((~np.isin(window.evidence.template_ids.astype(np.int64), known)).sum())
            distance = float(1.0 - (normal @ window.evidence.embedding).max())
            scored.append(ScoredWindow(window.evidence, window.wrong, new, distance))
    return scored


def score_windows(
    windows: Sequence[Draft], book: TemplateBook, vectors: FloatArray, score: Score
) -> list[ScoredWindow]:
    """Evidence of each window. vectors (templates, dim)."""
    scored = []
    for part in _parts(windows):
        head, surprise, embedding = score(pad(part))
        for row, draft in enumerate(part):
            evidence = WindowEvidence(
                template_ids=draft.kind.astype(np.uint64),
                vectors=vectors[draft.kind],
                trouble=_trouble(draft, book),
                surprise=surprise[row, : len(draft)],
                head=float(head[row]),
                embedding=embedding[row],
                values=np.full((len(draft), VALUE_SLOTS), np.nan, np.float32),  # a Draft does not hold them
                gaps=gaps(draft.times_ms[None])[0],
            )
            scored.append(ScoredWindow(evidence, draft.wrong))
    return scored


def _parts(windows: Sequence[Draft]) -> list[Sequence[Draft]]:
    """Batches of windows of about equal work."""
    step = max(1, _CELLS_AT_ONCE // max((len(w) for w in windows), default=1))
    return [windows[start : start + step] for start in range(0, len(windows), step)]


def _trouble(draft: Draft, book: TemplateBook) -> FloatArray:
    levels = draft.features[:, : len(Level) + 1].argmax(axis=1)
    return np.array(
        [_trouble_of(book.templates[k], int(i)) for k, i in zip(draft.kind, levels, strict=True)], np.float32
    )


@lru_cache(maxsize=50_000)
def _trouble_of(template: str, level: int) -> float:
    return trouble(template, Level(level) if level < len(Level) else None)


def measure(scored: Sequence[ScoredWindow]) -> dict[str, float]:
    """Areas under the curve and average precision (ap) by window, area by event, how often the most surprising event
    is a fault's. ``words``, the worst word or level, and ``new``, templates not met before, need no model."""
    truth = np.array([window.wrong.any() for window in scored])
    surprise = np.concatenate([window.evidence.surprise for window in scored])
    wrong = np.concatenate([window.wrong for window in scored])
    mixed = [w for w in scored if w.wrong.any() and not w.wrong.all()]
    hits = [bool(w.wrong[int(w.evidence.surprise.argmax())]) for w in mixed]
    columns: Mapping[str, NDArray[Any]] = {
        "head": np.array([w.evidence.head for w in scored]),
        "surprise": np.array([worst_mean(w.evidence.surprise) for w in scored]),
        "knn": np.array([w.distance for w in scored]),
        "words": np.array([w.evidence.trouble.max() for w in scored]),
        "new": np.array([w.new for w in scored]),
    }
    return {
        "windows": len(scored),
        "fault_windows": int(truth.sum()),
        **{f"{name}_auc": _rounded(area_under_curve(column, truth)) for name, column in columns.items()},
        **{f"{name}_ap": _rounded(average_precision(column, truth)) for name, column in columns.items()},
        "event_auc": _rounded(area_under_curve(surprise, wrong)),
        "points_at_fault": _rounded(float(np.mean(hits)) if hits else float("nan")),
    }


def _rounded(value: float) -> float:
    return round(value, 4)
