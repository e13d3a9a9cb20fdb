"""How many answers name the right category, and whether that makes an adapter fit to be promoted.

Pure: answers are texts, a decision is a record. An answer that is not JSON, or names no category, is wrong.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from services.trainer.tuning.rows import TuneRow

MAX_FORGETTING_POINTS = 2


@dataclass(frozen=True, slots=True)
class Score:
    """is_right: one truth value for each row, in the rows' order. by_category: right answers and rows."""

    is_right: tuple[bool, ...]
    by_category: dict[str, tuple[int, int]]

    @property
    def right(self) -> int:
        return sum(self.is_right)

    @property
    def rows(self) -> int:
        return len(self.is_right)

    @property
    def accuracy(self) -> float:
        return self.right / self.rows if self.rows else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "accuracy": round(self.accuracy, 4),
            "right": self.right,
            "rows": self.rows,
            "by_category": {name: list(pair) for name, pair in sorted(self.by_category.items())},
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """The same rows before and after tuning. ``gained`` became right, ``lost`` became wrong."""

    before: Score
    after: Score

    @property
    def gained(self) -> int:
        return sum(new and not old for old, new in zip(self.before.is_right, self.after.is_right, strict=True))

    @property
    def lost(self) -> int:
        return sum(old and not new for old, new in zip(self.before.is_right, self.after.is_right, strict=True))

    def to_json(self) -> dict[str, Any]:
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "gained": self.gained,
            "lost": self.lost,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """``reasons``: why not; empty when promoted."""

    reasons: tuple[str, ...]

    @property
    def is_promoted(self) -> bool:
        return not self.reasons


class Answerer(Protocol):
    """Asks a model for the rows' answers, constrained to the reply's schema; one text each, "" for none."""

    def __call__(self, model: Path, adapter: Path | None, rows: Sequence[TuneRow], *, is_4bit: bool) -> list[str]: ...


def score(rows: Sequence[TuneRow], answers: Sequence[str]) -> Score:
    """Exact accuracy of the category."""
    is_right = tuple(category_of(answer) == row.category for row, answer in zip(rows, answers, strict=True))
    right = Counter(row.category for row, good in zip(rows, is_right, strict=True) if good)
    total = Counter(row.category for row in rows)
    return Score(is_right, {name: (right[name], total[name]) for name in total})


def category_of(answer: str) -> str:
    """The category that an answer names; "" for none."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    return str(found.get("category", "")) if isinstance(found, dict) else ""


def decide(unseen: Compared, golden: Compared) -> Decision:
    """Promoted only if the score on unseen rows rises and at most two points of the golden rows' are forgotten.

    What was not measured is no reason to promote.
    """
    reasons: list[str] = []
    if not unseen.before.rows:
        reasons.append("there are no unseen rows to measure")
    elif unseen.after.right <= unseen.before.right:
        reasons.append(f"the unseen score does not rise: {_change(unseen)}")
    if not golden.before.rows:
        reasons.append("forgetting was not measured: there are no golden rows")
    elif 100 * (golden.before.right - golden.after.right) > MAX_FORGETTING_POINTS * golden.before.rows:
        reasons.append(
            f"more than {MAX_FORGETTING_POINTS} points of the golden rows are forgotten: {_change(golden)}"
        )
    return Decision(tuple(reasons))


def _change(compared: Compared) -> str:
    before, after = compared.before, compared.after
    return f"{before.right} of {before.rows} right before, {after.right} after"
