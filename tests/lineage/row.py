"""One row of the lineage: a capability of the older designs, the commands that show it, and what must be seen then."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended."""

    command: str
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Shown(tuple[Done, ...]):
    """What the commands of a row said, in their order; ``at`` is the directory that they ran in."""

    at: Path

    @classmethod
    def of(cls, done: list[Done], at: Path) -> Shown:
        shown = cls(done)
        shown.at = at
        return shown

    @property
    def codes(self) -> list[int]:
        return [done.code for done in self]

    def json(self, place: int = 0) -> Any:
        return self[place].json()

    def read(self, name: str) -> Any:
        """A file: parsed where it is JSON or JSON Lines, else its text."""
        text = (self.at / name).read_text(encoding="utf-8")
        if name.endswith(".jsonl"):
            return [json.loads(line) for line in text.splitlines()]
        return json.loads(text) if name.endswith(".json") else text

    def has(self, *names: str) -> bool:
        return all((self.at / name).exists() for name in names)

    def __repr__(self) -> str:
        return "\n".join(f"$ {d.command}\n{d.code}\n{d.out[-1500:]}\n{d.err[-1500:]}" for d in self)


@dataclass(frozen=True, slots=True)
class Row:
    """seen  each must hold of what the commands said      needs  rows that leave behind what this one reads"""

    number: int
    capability: str
    where: str
    commands: tuple[str, ...]
    seen: tuple[Callable[[Shown], object], ...]
    needs: tuple[int, ...] = ()
