"""Where things lie in an archive: ``<data set>/day=YYYY-MM-DD/stream=<name>/<batch>.parquet``.

A stream's name becomes one directory's name, percent-encoded, so that none can leave the archive; the column
``stream`` holds the name itself. All self-contained sequences share one. Links are never followed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from shared.archive.schema import DataSet

SEQUENCES: Final = "seq/"
DRAFT_PREFIX: Final = ".draft-"
_LONGEST_NAME: Final = 180
_DAY = "day="
_STREAM = "stream="


@dataclass(frozen=True, slots=True)
class Partition:
    """One directory of Parquet files."""

    dataset: DataSet
    day: date
    folder: str

    @property
    def stream(self) -> str:
        """The stream's name, as far as the directory tells; long ones end in a hash."""
        return unquote(self.folder.removeprefix(_STREAM))

    def path(self, root: Path) -> Path:
        return root / self.dataset.value / f"{_DAY}{self.day.isoformat()}" / self.folder

    def files(self, root: Path) -> list[Path]:
        """Its Parquet files in the order in which they were begun."""
        return sorted(p for p in self.path(root).glob("[!.]*.parquet") if p.is_file() and not p.is_symlink())


def folder_of(stream: str) -> str:
    """The directory's name for a stream: one name, of at most 255 bytes, that no path can be made of."""
    name = SEQUENCES if stream.startswith(SEQUENCES) else stream
    encoded = quote(name, safe="")
    if len(encoded) > _LONGEST_NAME:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        encoded = f"{encoded[:_LONGEST_NAME].rsplit('%', 1)[0]}~{digest}"
    return _STREAM + encoded


def day_of(at_ms: int) -> date:
    """The day in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()


def partitions(root: Path, dataset: DataSet, first: date | None = None, last: date | None = None) -> list[Partition]:
    """Those from ``first`` to ``last`` (both included), the oldest first; what else lies around is left alone."""
    found = []
    for day_dir in _folders(root / dataset.value, _DAY):
        try:
            day = date.fromisoformat(day_dir.name.removeprefix(_DAY))
        except ValueError:
            continue
        if (first is None or day >= first) and (last is None or day <= last):
            found += [Partition(dataset, day, folder.name) for folder in _folders(day_dir, _STREAM)]
    return sorted(found, key=lambda partition: (partition.day, partition.folder))


def _folders(parent: Path, prefix: str) -> list[Path]:
    if not parent.is_dir() or parent.is_symlink():
        return []
    return [p for p in parent.iterdir() if p.name.startswith(prefix) and p.is_dir() and not p.is_symlink()]


def remove_partition(root: Path, partition: Partition) -> None:
    """Its directory goes as a whole, and its day's when nothing is left in it."""
    path = partition.path(root)
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # other streams have that day too
        path.parent.rmdir()


@contextmanager
def changing(root: Path) -> Iterator[None]:
    """Hold the archive for a change; whoever else wants to change it waits."""
    with _locked(root / ".change.lock", fcntl.LOCK_EX):
        yield


@contextmanager
def only_archiver(root: Path) -> Iterator[None]:
    """Hold the archive as its one archiver. Raises BlockingIOError when another does."""
    with _locked(root / ".archiver.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
        yield


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
