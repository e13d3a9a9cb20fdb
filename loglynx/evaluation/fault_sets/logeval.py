"""LogEval's diagnosis task: one or a few lines are a row, the fault its label, named in English or in Chinese.

30 % of the texts are held out, by their hash, the same in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

from loglynx.bench.datasets.source import read_rows
from loglynx.evaluation.fault_sets.fault_set import FaultSet
from loglynx.evaluation.labelled_rows import LabelledRow

_FILE = "logeval/diagnosis_{}.jsonl.gz"


def rows(data_dir: Path, language: str) -> Iterator[LabelledRow]:
    for row in read_rows(data_dir / _FILE.format(language)):
        lines = tuple(line for line in row["input"].split("\n") if line.strip())
        if lines:
            yield LabelledRow(lines, row["output"], group=row["input"])


def deal(groups: dict[str, list[str]], seed: int) -> set[str]:
    return {text for own in groups.values() for text in own if _bucket(text, seed) < 30}


def _bucket(text: str, seed: int) -> int:
    return int(sha256(f"{seed}:{text}".encode()).hexdigest()[:8], 16) % 100


SETS = tuple(
    FaultSet(
        f"logeval-{language}",
        _FILE.format(language),
        partial(rows, language=language),
        deal,
        3,
        "30 % of the texts held out, by hash",
    )
    for language in ("en", "zh")
)
