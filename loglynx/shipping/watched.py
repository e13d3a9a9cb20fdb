"""The files that patterns name, and with each log its rotated files, named or not.

Who names ``app.log`` means the log, so what rotation makes of it is read too, if it was written after the log was
first looked for; what lay there before is left out unless a pattern names it. In: patterns, when earlier runs first
looked for which log. Out of ``changed``: what of that is new or forgotten.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from loglynx.shipping.rotation import base_name, dated, is_excluded, log_of, matching, rotated_from_any

PREFIX = "log:"


class Watched:
    """``look`` finds the files; what is asked of a path afterwards is answered as of then."""

    def __init__(self, patterns: Iterable[str], exclude: Iterable[str], positions: Mapping[str, Any]) -> None:
        self._patterns = list(patterns)
        self._exclude = tuple(exclude)
        self._since_ms = {
            Path(name.removeprefix(PREFIX)): int(since_ms)
            for name, since_ms in positions.items()
            if name.startswith(PREFIX)
        }
        self._reported = set(self._since_ms)
        self._looked_ms: int | None = None
        self._logs: set[Path] = set()
        self._implied: set[Path] = set()

    def look(self, now_ms: int) -> list[Path]:
        """Those written longest ago first, so that rotated files come before the one that replaced them."""
        named = set(matching(self._patterns, self._exclude))
        literal = {Path(pattern).absolute() for pattern in self._patterns if not glob.has_magic(pattern)}
        self._logs = {path for path in named | literal if base_name(path.name) == path.name}
        since_ms = now_ms if self._looked_ms is None else self._looked_ms  # a new log came at some time since then
        self._looked_ms = now_ms
        for log in self._logs:
            self._since_ms.setdefault(log, since_ms)
        beside = rotated_from_any(self._logs) - named
        self._implied = {path for path in beside if not is_excluded(path, self._exclude)}
        return [path for _, path in dated(named | self._implied)]

    def is_from_before(self, path: Path) -> bool:
        """Whether nobody named it and it was last written before its log was first looked for."""
        if path not in self._implied:
            return False
        return path.stat().st_mtime_ns < self._since_ms[log_of(path)] * 1_000_000

    def changed(self, marked: Callable[[], Container[Path]]) -> dict[str, object]:
        """Logs first looked for since this was last asked; as None those of which nothing is there or ``marked``.

        ``marked`` costs something and is called only when a log is gone.
        """
        gone = [log for log in self._since_ms if log not in self._logs]
        still_marked = marked() if gone else ()
        for log in gone:
            if log not in still_marked:
                del self._since_ms[log]
        changed: dict[str, object] = {f"{PREFIX}{log}": None for log in self._reported if log not in self._since_ms}
        changed |= {f"{PREFIX}{log}": ms for log, ms in self._since_ms.items() if log not in self._reported}
        self._reported = set(self._since_ms)
        return changed
