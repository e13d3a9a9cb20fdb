"""Names that log rotation gives: which files once were another, and which stream they belong to.

Numbered (``app.log.1``), dated (``app.log-20260301``, ``app-2026-03-01.log``), ``app.log.old``, packed or not.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

_PACKED = r"(?:\.(?:gz|zst|bz2|xz))?"
_DATE = r"[._-](?:\d{10}|\d{8}(?:[._T-]?\d{1,6})?|\d{4}-\d\d(?:-\d\d)?(?:[._T-]\d[\d._:-]*)?)"
_ENDING = re.compile(rf"(?:(?:{_DATE})?(?:\.\d{{1,4}})?|\.old|~){_PACKED}$")
_MIDDLE = re.compile(rf"^(?P<stem>.+?){_DATE}(?:\.\d{{1,4}})?(?P<ending>\.[a-z]+)(?:\.\d{{1,4}})?{_PACKED}$")


@lru_cache(maxsize=10_000)  # directories are looked at again and again
def base_name(name: str) -> str:
    """The name before any rotation.

    >>> base_name("app.log.2.gz"), base_name("app-2026-03-01.log"), base_name("worker-1.log")
    ('app.log', 'app.log', 'worker-1.log')
    """
    if (middle := _MIDDLE.match(name)) and middle["ending"] not in (".gz", ".zst", ".bz2", ".xz"):
        return f"{middle['stem']}{middle['ending']}"
    return _ENDING.sub("", name, count=1) or name


def log_of(path: Path) -> Path:
    """The path before any rotation: the same for all files that were one log."""
    return path.with_name(base_name(path.name))


def rotated_from(path: Path) -> list[Path]:
    """The files beside ``path`` that once had its name; those written longest ago first."""
    try:
        beside = [other for other in path.parent.iterdir() if other.name != path.name]
    except OSError:
        return []  # a directory that is gone has no files
    return [other for _, other in dated(other for other in beside if base_name(other.name) == path.name)]


def rotated_from_any(logs: Collection[Path]) -> set[Path]:
    """The files beside ``logs`` that once had the name of one of them. Each directory is read once."""
    found = set()
    for directory in {log.parent for log in logs}:
        with suppress(OSError):
            found |= {path for path in directory.iterdir() if path not in logs and log_of(path) in logs}
    return found


def dated(paths: Iterable[Path]) -> list[tuple[int, Path]]:
    """Files with the time in ns when they were last written, longest ago first; without what is gone or no file."""
    found = []
    for path in paths:
        with suppress(OSError):
            if path.is_file():
                found.append((path.stat().st_mtime_ns, path))
    return sorted(found)


def matching(patterns: Iterable[str], exclude: Collection[str]) -> list[Path]:
    """Those written longest ago first, so that rotated files come before the one that replaced them."""
    found = {Path(path).absolute() for pattern in patterns for path in glob.glob(pattern, recursive=True)}  # noqa: PTH207  a pattern may be absolute
    return [path for _, path in dated(path for path in found if not is_excluded(path, exclude))]


def is_excluded(path: Path, exclude: Collection[str]) -> bool:
    return any(path.match(pattern) for pattern in exclude)
