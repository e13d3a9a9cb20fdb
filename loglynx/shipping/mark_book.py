"""The marks of all files that were ever shipped from, and what of them was not yet written down.

In: the marks of earlier runs. Out of ``changed``: what differs since it was last asked. Files long gone, or too many,
are forgotten, the longest unread first; one that is there stays known, or it would be shipped again.
"""

from __future__ import annotations

import secrets
from collections import UserDict
from collections.abc import Container, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from loglynx.shipping.contents import Mark
from loglynx.shipping.rotation import log_of

KEPT_MARKS = 2000
KEPT_MS = 30 * 86_400_000


class MarkBook(UserDict[str, Mark]):
    """Name -> mark. Setting one makes it a change; ``written`` is a change that a push carries by itself."""

    def __init__(self, positions: Mapping[str, Any]) -> None:
        super().__init__({name: Mark(**value) for name, value in positions.items() if name.startswith("file:")})
        self._reported = dict(self.data)

    def written(self, name: str, mark: Mark) -> None:
        self[name] = self._reported[name] = mark

    def last_read(self, path: Path, after: str = "") -> tuple[int, str] | None:
        """When (ms) and under which mark this path was read last; the mark ``after`` counts in any case."""
        marked = self.items()
        earlier = [(m.read_ms, name) for name, m in marked if name == after or (not after and m.path == str(path))]
        return max(earlier, default=None)

    @property
    def logs(self) -> set[Path]:
        """The logs that the marked files belong to."""
        return {log_of(Path(mark.path)) for mark in self.values()}

    def changed(self, needed: Container[str], now_ms: int) -> dict[str, object]:
        """Marks that changed without a push, and as None those that are forgotten now: never the ``needed``."""
        idle = sorted((mark.read_ms, name) for name, mark in self.items() if name not in needed)
        for place, (read_ms, name) in enumerate(idle):
            if read_ms < now_ms - KEPT_MS or len(idle) - place > KEPT_MARKS:
                del self[name]
        changed: dict[str, object] = {name: None for name in self._reported if name not in self}
        changed |= {name: asdict(mark) for name, mark in self.items() if self._reported.get(name) != mark}
        self._reported = dict(self.data)
        return changed


def new_name() -> str:
    return f"file:{secrets.token_hex(6)}"
