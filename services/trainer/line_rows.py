"""The instruction data as lines with a category each: what the line model learns from.

In: ``train.jsonl``, ``validation.jsonl`` or ``test.jsonl`` of ``services.trainer.datasets.incidents``. Out: windows
of feature numbers. Raises ValueError naming file and line for a row that is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.core.line_features import LineFeaturiser
from shared.core.taxonomy import Category

ORDINARY = ""


@dataclass(frozen=True, slots=True)
class LineWindow:
    """features and line_categories line by line ("" is ordinary); category and evidence (positions) of the window."""

    features: tuple[NDArray[np.int32], ...]
    line_categories: tuple[str, ...]
    category: str
    evidence: frozenset[int]
    kind: str


def read_windows(path: Path) -> Iterator[LineWindow]:
    featuriser = LineFeaturiser()
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, start=1):
            try:
                row = json.loads(text)
                categories = tuple(_category(name) for name in row["line_categories"])
                features = tuple(featuriser.features(line) for line in row["window"])
                target = row["target"]
                if len(categories) != len(features):
                    raise ValueError("a category is missing")
                evidence = frozenset(int(n) - 1 for n in target["evidence"])
                yield LineWindow(features, categories, _category(target["category"]), evidence, str(row["kind"]))
            except (ValueError, LookupError, TypeError) as error:
                raise ValueError(f"{path.name}, line {number}: not a row of the incident data") from error


def distinct_lines(windows: Iterator[LineWindow]) -> tuple[list[NDArray[np.int32]], list[str], NDArray[np.float32]]:
    """Each line once with its category, and how often it was seen."""
    seen: dict[tuple[bytes, str], int] = {}
    for window in windows:
        for features, category in zip(window.features, window.line_categories, strict=True):
            key = (features.tobytes(), category)
            seen[key] = seen.get(key, 0) + 1
    lines = [np.frombuffer(raw, np.int32) for raw, _ in seen]
    return lines, [category for _, category in seen], np.array(list(seen.values()), np.float32)


def _category(name: str) -> str:
    return ORDINARY if name == ORDINARY else Category(name).value
