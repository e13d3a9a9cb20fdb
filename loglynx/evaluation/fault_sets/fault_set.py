"""What a fault set is, and how its groups are dealt out to training and test.

A group (an application, an incident, a run, an experiment) is on one side of a split, never on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from loglynx.bench.datasets.source import DatasetAbsent
from loglynx.evaluation.labelled_rows import LabelledRow

Read = Callable[[Path], Iterator[LabelledRow]]
Deal = Callable[[dict[str, list[str]], int], set[str]]


@dataclass(frozen=True, slots=True)
class FaultSet:
    """``needs``: a path below the data directory. ``deal``: label -> groups, and a seed -> the groups of the test."""

    name: str
    needs: str
    read: Read
    deal: Deal
    splits: int
    note: str

    def rows(self, data_dir: Path) -> list[LabelledRow]:
        """Raises DatasetAbsent."""
        if not (data_dir / self.needs).exists():
            raise DatasetAbsent(f"{self.needs} is not below the data directory", "set LOGLYNX_DATA")
        return list(self.read(data_dir))

    def split(self, rows: Iterable[LabelledRow], seed: int) -> tuple[list[LabelledRow], list[LabelledRow]]:
        """Training and test rows; deterministic."""
        kept = list(rows)
        by_label: dict[str, dict[str, None]] = {}
        for row in kept:
            by_label.setdefault(row.label, {})[row.group or ""] = None
        held = self.deal({label: list(groups) for label, groups in sorted(by_label.items())}, seed)
        return [row for row in kept if row.group not in held], [row for row in kept if row.group in held]


def share_of_each(share: float) -> Deal:
    """A share of each label's groups, at least one, drawn by the seed."""

    def deal(groups: dict[str, list[str]], seed: int) -> set[str]:
        rng = Random(seed)
        held: set[str] = set()
        for own in groups.values():
            held.update(rng.sample(sorted(own), max(1, round(share * len(own)))))
        return held

    return deal


def one_of_each(groups: dict[str, list[str]], seed: int) -> set[str]:
    """One whole group of each label."""
    rng = Random(seed)
    return {rng.choice(sorted(own)) for own in groups.values()}
