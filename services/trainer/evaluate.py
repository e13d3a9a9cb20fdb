"""How well the exported graphs tell faults from normal life in simulated systems that training never saw.

In: streams whose ``wrong`` marks the lines that a fault wrote. Out: areas under the curve, per system and overall.
Nothing here chooses a threshold: that is each stream's own business when serving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.corpus import simulated_stream
from services.trainer.datasets.streams import Draft, Stream, TemplateBook
from services.trainer.datasets.windows import Batch, pad
from shared.core.evidence import WindowEvidence, worst_mean
from shared.core.lexicon import trouble
from shared.core.records import Level

FloatArray = NDArray[np.float32]
# a batch -> head (W,), surprise (W, L), window vectors (W, dim)
Score = Callable[[Batch], tuple[FloatArray, FloatArray, FloatArray]]
_WINDOWS_AT_ONCE = 128
_FAULT_SHARE = 0.04  # of the lines, written by faults
EVENTS_PER_WINDOW = 10


@dataclass(frozen=True, slots=True)
class ScoredWindow:
    """What the model saw in one window, and the truth about it."""

    evidence: WindowEvidence
    wrong: NDArray[np.bool_]


def area_under_curve(scores: NDArray[Any], truth: NDArray[np.bool_]) -> float:
    """Chance that a true item scores above a false one, ties counting half; nan if one kind is missing."""
    truth = np.asarray(truth, dtype=bool)
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return float("nan")
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[group]  # mean rank of ties, from 1
    return float((rank[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def faulty_streams(names: Sequence[str], seed: int, lines: int, book: TemplateBook) -> dict[str, list[Stream]]:
    """Two streams of each simulator named, with faults."""
    return {name: [simulated_stream(name, seed + i, lines, book, _FAULT_SHARE) for i in range(2)] for name in names}


def cut_fixed(stream: Stream, length: int = EVENTS_PER_WINDOW) -> list[Draft]:
    """The stream in windows of ``length`` events, remainder dropped."""
    return [stream.events.take(slice(s, s + length)) for s in range(0, len(stream.events) - length + 1, length)]


def score_windows(
    windows: Sequence[Draft], book: TemplateBook, vectors: FloatArray, score: Score
) -> list[ScoredWindow]:
    """Evidence of each window. vectors (templates, dim)."""
    scored = []
    for start in range(0, len(windows), _WINDOWS_AT_ONCE):
        part = windows[start : start + _WINDOWS_AT_ONCE]
        head, surprise, embedding = score(pad(part))
        for row, draft in enumerate(part):
            evidence = WindowEvidence(
                template_ids=draft.kind.astype(np.uint64),
                vectors=vectors[draft.kind],
                trouble=_trouble(draft, book),
                surprise=surprise[row, : len(draft)],
                head=float(head[row]),
                embedding=embedding[row],
            )
            scored.append(ScoredWindow(evidence, draft.wrong))
    return scored


def _trouble(draft: Draft, book: TemplateBook) -> FloatArray:
    levels = draft.features[:, : len(Level) + 1].argmax(axis=1)
    return np.array(
        [_trouble_of(book.templates[k], int(i)) for k, i in zip(draft.kind, levels, strict=True)], np.float32
    )


@lru_cache(maxsize=50_000)
def _trouble_of(template: str, level: int) -> float:
    return trouble(template, Level(level) if level < len(Level) else None)


def measure(scored: Sequence[ScoredWindow]) -> dict[str, float]:
    """Areas under the curve by window and by event, how often the most surprising event is a fault's, and counts."""
    truth = np.array([window.wrong.any() for window in scored])
    surprise = np.concatenate([window.evidence.surprise for window in scored])
    wrong = np.concatenate([window.wrong for window in scored])
    mixed = [w for w in scored if w.wrong.any() and not w.wrong.all()]
    hits = [bool(w.wrong[int(w.evidence.surprise.argmax())]) for w in mixed]
    return {
        "windows": len(scored),
        "fault_windows": int(truth.sum()),
        "head_auc": _rounded(area_under_curve(np.array([w.evidence.head for w in scored]), truth)),
        "surprise_auc": _rounded(
            area_under_curve(np.array([worst_mean(w.evidence.surprise) for w in scored]), truth)
        ),
        "event_auc": _rounded(area_under_curve(surprise, wrong)),
        "words_auc": _rounded(area_under_curve(np.array([w.evidence.trouble.max() for w in scored]), truth)),
        "points_at_fault": _rounded(float(np.mean(hits)) if hits else float("nan")),
    }


def _rounded(value: float) -> float:
    return round(value, 4)
