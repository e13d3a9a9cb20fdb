"""Names that log rotation gives: which files once were another, and which stream they belong to.

Numbered (``app.log.1``), dated (``app.log-20260301``, ``app-2026-03-01.log``), ``app.log.old``, packed or not.
"""

from __future__ import annotations

import re
from pathlib import Path

_PACKED = r"(?:\.(?:gz|zst|bz2|xz))?"
_DATE = r"[._-](?:\d{8}(?:[._T-]?\d{1,6})?|\d{4}-\d\d(?:-\d\d)?(?:[._T-]\d[\d._:-]*)?)"
_ENDING = re.compile(rf"(?:(?:{_DATE})?(?:\.\d{{1,4}})?|\.old|~){_PACKED}$")
_MIDDLE = re.compile(rf"^(?P<stem>.+?){_DATE}(?:\.\d{{1,4}})?(?P<ending>\.[a-z]+)(?:\.\d{{1,4}})?{_PACKED}$")


def base_name(name: str) -> str:
    """The name before any rotation.

    >>> base_name("app.log.2.gz"), base_name("app-2026-03-01.log"), base_name("worker-1.log")
    ('app.log', 'app.log', 'worker-1.log')
    """
    if (middle := _MIDDLE.match(name)) and middle["ending"] not in (".gz", ".zst", ".bz2", ".xz"):
        return f"{middle['stem']}{middle['ending']}"
    return _ENDING.sub("", name, count=1) or name


def rotated_from(path: Path) -> list[Path]:
    """The files beside ``path`` that once had its name; those written longest ago first."""
    found: list[tuple[int, Path]] = []
    try:
        for other in path.parent.iterdir():
            if other.name != path.name and base_name(other.name) == path.name and other.is_file():
                found.append((other.stat().st_mtime_ns, other))
    except OSError:
        pass  # a directory that is gone has no files; one that went during the walk is seen next time
    return [other for _, other in sorted(found)]
