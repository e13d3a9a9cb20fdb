"""One evaluation: what is fitted, what is asked, what comes out.

In: an engine, the rows to judge and, perhaps, rows to learn from. Out: a ``Report``. With rows to learn from, labels
come from a head over the window's features (``services.analyzer.window_head``), the same for every engine; evidence,
names, grounding and language are the engine's own. Without them its categories are judged, and labels must be the
taxonomy's. Files are read anew for each pass, so that memory does not grow with the rows' length.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from loglynx.evaluation.engines import Engine, Said
from loglynx.evaluation.labelled_rows import LabelledRow
from loglynx.evaluation.measures import Measures, Outcome, measure
from loglynx.failures import InputUnreadable
from services.analyzer.window_head import WindowHead
from shared.core.taxonomy import Category
from shared.core.window_features import WindowReader

Read = Callable[[], Iterable[LabelledRow]]
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """``baseline`` None: nothing to fit it on, or no scikit-learn. ``failures``: rows without an answer."""

    engine: str
    is_adapted: bool
    train_rows: int
    ours: Measures
    baseline: Measures | None
    failures: int
    peak_memory_mb: float
    held_out_accuracy: float | None


def evaluate(engine_name: str, engine: Engine, test: Read, train: Read | None, told: Told) -> Report:
    """Raises InputUnreadable for rows that cannot be judged."""
    head = None if train is None else _fitted(train, told)
    outcomes, failures = _outcomes(engine, test, head, told)
    ours = measure(outcomes)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Report(
        engine=engine_name,
        is_adapted=head is not None,
        train_rows=0 if head is None else head[1],
        ours=ours,
        baseline=None if train is None else _baseline(train, test, outcomes, told),
        failures=failures,
        peak_memory_mb=memory,
        held_out_accuracy=None if head is None else head[0].held_out,
    )


def _fitted(train: Read, told: Told) -> tuple[WindowHead, int]:
    reader = WindowReader()
    windows, labels, groups = [], [], []
    for row in train():
        windows.append(reader.read(row.lines))
        labels.append(row.label)
        groups.append(row.group)
    told(f"fitting on {len(labels):,} rows")
    known = [group for group in groups if group is not None]
    try:
        return WindowHead.fit(windows, labels, known if len(known) == len(groups) else None), len(labels)
    except ValueError as error:
        raise InputUnreadable(f"--train cannot be learned from: {error}", "give it two labels or more") from None


def _outcomes(
    engine: Engine, test: Read, head: tuple[WindowHead, int] | None, told: Told
) -> tuple[list[Outcome], int]:
    reader = WindowReader()
    outcomes: list[Outcome] = []
    failures = 0
    for number, row in enumerate(test(), start=1):
        if head is None and row.label not in Category._value2member_map_:
            raise InputUnreadable(
                f"the label of row {number} is not in the taxonomy", "without --train labels must be; or give --train"
            )
        start = time.perf_counter()
        said = engine(row.lines)
        predicted, confidence = said.category, said.confidence
        if head is not None:
            shares = head[0].probabilities([reader.read(row.lines)])[0]
            predicted, confidence = head[0].labels[int(shares.argmax())], float(shares.max())
        failures += said.has_failed
        outcomes.append(_outcome(row, said, predicted, confidence, (time.perf_counter() - start) * 1_000))
        if number % 500 == 0:
            told(f"{number:,} rows judged")
    return outcomes, failures


def _outcome(row: LabelledRow, said: Said, predicted: str, confidence: float, latency_ms: float) -> Outcome:
    return Outcome(
        row.label,
        predicted,
        confidence,
        row.group,
        None if row.evidence is None else _hits(said.evidence, row.evidence),
        None if row.entities is None else _hits(said.entities, row.entities),
        said.is_grounded,
        None if row.language is None or said.language is None else said.language == row.language,
        latency_ms,
    )


def _hits(named: frozenset[Any], expected: frozenset[Any]) -> tuple[int, int, int]:
    return len(named & expected), len(named), len(expected)


def _baseline(train: Read, test: Read, ours: Sequence[Outcome], told: Told) -> Measures | None:
    try:
        from loglynx.evaluation.baseline import TfidfBaseline
    except ImportError as error:
        told(f"no TF-IDF baseline beside it: {error.name} is missing; pip install 'loglynx[bench]'")
        return None
    told("fitting TF-IDF + LR beside it")
    baseline = TfidfBaseline()
    baseline.fit(train)
    judged = zip(ours, baseline.judge(test()), strict=True)
    return measure([Outcome(own.label, label, sure, own.group, latency_ms=ms) for own, (label, sure, ms) in judged])
