"""Work in steps that are skipped when they were done already with the same input and options, and left the same.

A step leaves a mark: a digest of what went in, of its options and of what came out, and what it said of itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.trainer.pace import Say


class StepNotDone(ValueError):
    """What a step builds on was never done, or with other input or options, or was changed since."""


class Steps:
    """Numbered in the order in which they are run; ``said`` is what each said of itself."""

    def __init__(self, marks: Path, total: int, say: Say) -> None:
        self.said: dict[str, Any] = {}
        self._marks, self._total, self._say = marks, total, say

    def run(
        self, name: str, given: str, options: Mapping[str, Any], result: Path, work: Callable[[], dict[str, Any]]
    ) -> None:
        """Do ``work`` unless its mark says that it was done with the same, and ``result`` is still what it left."""
        number = len(self.said) + 1
        mark = self._mark(name)
        asked = digest_of(given, options)
        if (known := self._known(name, asked, result)) is not None:
            self._say(f"step {number} of {self._total}, {name}: done before")
            self.said[name] = {"skipped": True, **known}
            return
        self._say(f"step {number} of {self._total}, {name}")
        said = work()
        done = {"asked": asked, "result": digest(result), "said": said}
        part = mark.with_suffix(".part")
        part.write_text(json.dumps(done, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        part.replace(mark)
        self.said[name] = {"skipped": False, **said}

    def require(self, name: str, given: str, options: Mapping[str, Any], result: Path) -> None:
        """As ``run`` for a step that must have been done. Raises StepNotDone."""
        known = self._known(name, digest_of(given, options), result)
        if known is None:
            raise StepNotDone(f"{name} was not done with this data and these options")
        self.said[name] = {"skipped": True, **known}

    def _mark(self, name: str) -> Path:
        return self._marks / f"{len(self.said) + 1}-{name}.json"

    def _known(self, name: str, asked: str, result: Path) -> dict[str, Any] | None:
        """What the step said of itself; None unless it was done so, and left what is there."""
        known = _read_mark(self._mark(name))
        if known.get("asked") != asked or known.get("result") != digest(result):
            return None
        said: dict[str, Any] = known["said"]
        return said


def _read_mark(mark: Path) -> dict[str, Any]:
    try:
        known = json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) and isinstance(known.get("said"), dict) else {}


def digest_of(given: str, options: Mapping[str, Any]) -> str:
    """Of what went in and the options."""
    return hashlib.sha256(f"{given}\n{json.dumps(dict(options), sort_keys=True)}".encode()).hexdigest()[:16]


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a directory's files with their names; "" for what is not there."""
    whole = hashlib.sha256()
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.is_file():
                whole.update(f"{each.relative_to(path)}\n{digest(each)}\n".encode())
        return whole.hexdigest()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
