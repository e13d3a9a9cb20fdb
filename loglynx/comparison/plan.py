"""What a person asked to have compared. Kept apart from what compares, whose imports take a second."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """models  directories that ``loglynx train`` made    test  logs to judge, as ``read_cases`` reads them
    window  how raw lines are cut; None: as in training    limit  windows at most, the first ones
    budget  threshold for this share of normal windows; None: the models' own    top  strangest windows to report
    """

    models: tuple[Path, ...]
    test: str
    window: str | None = None
    has_label_column: bool = False
    limit: int | None = None
    budget: float | None = None
    top: int = 10
