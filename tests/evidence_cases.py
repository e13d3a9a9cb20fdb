"""Builders of evidence for tests: ``a_window([...template numbers...])``, and windows of a small service's normal life.

``normal_windows(count, seed)`` are windows of 10 events: a visitor logs in (0), asks for pages (1..4, any of them, any
number) and leaves (5); every page takes 20..60 ms and answers 200, rarely 404; pauses are about 100 ms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

from shared.core.attributes import ATTRIBUTE_SLOTS
from shared.core.evidence import VALUE_SLOTS, WORD_SLOTS, EvidenceTable, FloatArray, WindowEvidence

DIM = 48
LENGTH = 10
LOGIN, LOGOUT = 0, 5
PAGES = (1, 2, 3, 4)
TOOK_MS, STATUS = 0, 1  # slots of a page's quantities

Quantities = Mapping[int, Sequence[float]]


@cache
def _vector(template: int) -> FloatArray:
    vector = np.random.default_rng(template).normal(size=DIM).astype(np.float32)
    return vector / np.linalg.norm(vector)


def vector_of(template: int) -> FloatArray:
    """The line embedding of a template, unit length, far from that of any other."""
    return _vector(template).copy()


def a_window(
    templates: Sequence[int],
    *,
    values: Quantities | None = None,
    gaps: Sequence[float] | None = None,
    trouble: float | Mapping[int, float] = 0.03,
    surprise: float | Sequence[float] = 0.4,
    head: float = 0.05,
    embedding: FloatArray | None = None,
    words: Quantities | None = None,
    attributes: Mapping[int, Mapping[int, float]] | None = None,
) -> WindowEvidence:
    """A window of these templates.

    values   position -> its quantities; the rest of the slots are NaN      gaps  one per event; all NaN when None
    trouble  of all lines, or position -> trouble where it is not 0.03      embedding  that of the lines' mean when None
    words    position -> the words of its template, numbers > 0; nobody read any when None
    attributes  position -> key -> value, as shared.core.attributes gives them; none when None
    """
    count = len(templates)
    vectors = np.stack([_vector(template) for template in templates])
    slots = np.full((count, VALUE_SLOTS), math.nan, dtype=np.float32)
    for position, found in (values or {}).items():
        slots[position, : len(found)] = found
    bad = np.full(count, 0.03 if isinstance(trouble, Mapping) else trouble, dtype=np.float32)
    if isinstance(trouble, Mapping):
        bad[list(trouble)] = list(trouble.values())
    said = None if words is None else np.zeros((count, WORD_SLOTS), dtype=np.uint32)
    for position, found in (words or {}).items():
        said[position, : len(found)] = found
    beside = None if attributes is None else np.full((count, ATTRIBUTE_SLOTS), math.nan, dtype=np.float32)
    keys = None if attributes is None else np.zeros((count, ATTRIBUTE_SLOTS), dtype=np.uint32)
    for position, named in (attributes or {}).items():
        beside[position, : len(named)], keys[position, : len(named)] = list(named.values()), list(named)  # type: ignore[index]
    mean = vectors.mean(axis=0)
    return WindowEvidence(
        template_ids=np.array(templates, dtype=np.uint64),
        vectors=vectors,
        trouble=bad,
        surprise=np.broadcast_to(np.asarray(surprise, dtype=np.float32), (count,)).copy(),
        head=head,
        embedding=(mean / np.linalg.norm(mean)).astype(np.float32) if embedding is None else embedding,
        values=slots,
        gaps=np.full(count, math.nan, np.float32) if gaps is None else np.array(gaps, dtype=np.float32),
        words=said,
        attributes=beside,
        attribute_keys=keys,
    )


def a_visit(rng: np.random.Generator, length: int = LENGTH, pages: Sequence[int] = PAGES) -> WindowEvidence:
    """One normal window; see the module."""
    asked = rng.choice(pages, size=length - 2).tolist()
    templates = [LOGIN, *asked, LOGOUT]
    embedding = np.mean([_vector(t) for t in templates], axis=0) + rng.normal(0.0, 0.01, DIM)
    answers = {
        at: (float(rng.integers(20, 61)), 404.0 if rng.random() < 0.05 else 200.0) for at in range(1, length - 1)
    }
    return a_window(
        templates,
        values=answers,
        gaps=[math.nan, *rng.normal(100.0, 15.0, size=length - 1).clip(1.0)],
        surprise=0.4 + 0.2 * rng.random(length),
        head=float(0.05 + 0.02 * rng.random()),
        embedding=(embedding / np.linalg.norm(embedding)).astype(np.float32),
    )


def normal_windows(count: int, seed: int) -> list[WindowEvidence]:
    rng = np.random.default_rng(seed)
    return [a_visit(rng) for _ in range(count)]


def changing_windows(count: int, seed: int) -> list[WindowEvidence]:
    """Windows of 4..12 events in which new templates turn up now and then: for whoever compares with before and after."""
    rng = np.random.default_rng(seed)
    return [
        a_window(rng.integers(0, 4 + row // 4, size=rng.integers(4, 13)).tolist(), head=float(rng.uniform(0.01, 0.2)))
        for row in range(count)
    ]


def a_table(*windows: WindowEvidence) -> EvidenceTable:
    return EvidenceTable(windows)


def scores_by_what_came_before(
    fit: Callable[[EvidenceTable], object], windows: Sequence[WindowEvidence]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(n,) each window scored by a scorer fitted on those before it, one after the other; NaN for the first."""
    scores = [math.nan]
    for row in range(1, len(windows)):
        scorer = fit(EvidenceTable(windows[:row]))
        scores.append(float(scorer.score(EvidenceTable([windows[row]]))[0]))  # type: ignore[attr-defined]
    return np.array(scores)
