"""The sequences of one pipeline: what is read, who is normal, which part tests, and which expert may judge which.

A row is ``{"lines": [...], "label": NAME or null, "group": NAME or null}``. ``label`` NORMAL is normal life, any
other is the class of an anomaly, null is unknown. Whole groups go to one side, so that no run is on both.
"""

from __future__ import annotations

import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from shared.core.sequences.key_book import IntArray
from shared.core.sequences.parsed_lines import Parsed, SequenceParser

NORMAL: Final = "normal"
TEST: Final = -1  # in ``folds``: of the test part


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence as it was read. ``is_test`` is None where nobody said which part it belongs to."""

    lines: tuple[str, ...]
    label: str | None = None
    group: str | None = None
    is_test: bool | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """All sequences. folds (n,): TEST, or the fold of the fitting part from 0."""

    rows: tuple[Row, ...]
    parsed: tuple[Parsed, ...]
    folds: IntArray

    @property
    def is_test(self) -> Any:
        """(n,) bool"""
        return self.folds == TEST

    @property
    def is_told(self) -> bool:
        """Whether any sequence is labelled."""
        return any(row.label is not None for row in self.rows)

    @property
    def is_normal(self) -> Any:
        """(n,) bool: believed normal, which unlabelled sequences are."""
        return np.array([row.label in {None, NORMAL} for row in self.rows])


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """JSON Lines, packed; the same rows give the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, compresslevel=5) as file:
        for row in rows:
            kept = {"lines": row.lines, "label": row.label, "group": row.group, "is_test": row.is_test}
            file.write(json.dumps(kept, ensure_ascii=False).encode(errors="replace") + b"\n")
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(buffer.getvalue())
    part.replace(path)


def read_corpus(path: Path, folds: int, test_share: float, seed: int) -> Corpus:
    """What ``write_rows`` wrote, parsed and dealt out. Raises ValueError without a fitting part."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        said = [json.loads(line) for line in file]
    rows = tuple(Row(tuple(each["lines"]), each["label"], each["group"], each["is_test"]) for each in said)
    dealt = deal(rows, folds, test_share, seed)
    if not (dealt != TEST).any():
        raise ValueError("there is no sequence to learn from")
    return Corpus(rows, tuple(SequenceParser().parse([row.lines for row in rows])), dealt)


def deal(rows: Sequence[Row], folds: int, test_share: float, seed: int) -> IntArray:
    """(n,) fold of each row, or TEST; whole groups, of each label its share; deterministic.

    Where rows say which part they belong to, they are believed. A label of one group alone stays in the fitting part.
    A label with fewer groups there than folds is cut into contiguous folds instead, so that each can be left out.
    """
    random = Random(seed)
    found = np.zeros(len(rows), dtype=np.int64)
    if any(row.is_test is not None for row in rows):
        found[[at for at, row in enumerate(rows) if row.is_test]] = TEST
    else:
        found[_tested(rows, test_share, random)] = TEST
    fitting: dict[str, list[int]] = defaultdict(list)
    for at in np.flatnonzero(found != TEST).tolist():
        fitting[rows[at].label or ""].append(at)
    for number, (_, own) in enumerate(sorted(fitting.items())):
        groups = list(dict.fromkeys(_group(rows, at) for at in own))
        if len(groups) >= folds:
            random.shuffle(groups)
            fold_of = {group: (place + number) % folds for place, group in enumerate(groups)}
            found[own] = [fold_of[_group(rows, at)] for at in own]
        else:
            found[own] = [place * folds // len(own) for place in range(len(own))]
    return found


def _tested(rows: Sequence[Row], share: float, random: Random) -> list[int]:
    """A share of the groups of each label, one at least, never all; a group that shows several goes by the first."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for group, label in {_group(rows, at): row.label or "" for at, row in reversed(list(enumerate(rows)))}.items():
        by_label[label].append(group)
    held: set[str] = set()
    for _, groups in sorted(by_label.items()):
        if len(groups) > 1 and share > 0:
            held.update(random.sample(sorted(groups), min(max(round(share * len(groups)), 1), len(groups) - 1)))
    return [at for at in range(len(rows)) if _group(rows, at) in held]


def _group(rows: Sequence[Row], at: int) -> str:
    """A sequence without a group is one of its own."""
    group = rows[at].group
    return f"\0{at}" if group is None else group
