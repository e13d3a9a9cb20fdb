"""How anything gets into a registry directory: whole or not at all, under a name, and named by a link.

A directory is made under ``.incoming-…``, forced to the disk, renamed, and the registry forced to the disk too; a
link is replaced by renaming a fresh one over it. So a kill or a power cut at any point leaves what was there before,
or what is there afterwards. What killed processes left behind is swept by whoever comes next: a maker holds a lock on
the directory that it makes, and a lock ends with its process.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

INCOMING: Final = ".incoming-"
_FRESH_LINK: Final = ".link"


@contextmanager
def incoming(registry: Path) -> Iterator[Path]:
    """A directory on the registry's own disk, gone afterwards unless it was published."""
    with alone(registry):
        sweep(registry)
        directory = Path(tempfile.mkdtemp(prefix=INCOMING, dir=registry))
        held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield directory
    finally:
        os.close(held)
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def alone(registry: Path) -> Iterator[None]:
    """One process at a time is in here; the registry is made if need be."""
    registry.mkdir(parents=True, exist_ok=True)
    held = os.open(registry, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def sweep(registry: Path) -> int:
    """Remove what killed processes left; how many directories and links. To be called ``alone``."""
    swept = 0
    for path in registry.glob(f"{INCOMING}*"):
        with suppress(OSError):  # its maker lives
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
                swept += 1
            finally:
                os.close(held)
    if (registry / _FRESH_LINK).is_symlink():
        (registry / _FRESH_LINK).unlink()
        swept += 1
    return swept


def publish(directory: Path, registry: Path, name: str) -> Path:
    """Move a finished flat directory into the registry as ``name``; one of that name is kept as it is."""
    target = registry / name
    if target.exists():
        return target
    for path in directory.iterdir():
        path.chmod(0o644)
        _to_disk(path)
    directory.chmod(0o755)  # made private, and whoever serves it may be somebody else
    _to_disk(directory)
    try:
        directory.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # else another was faster with the same
            raise
    _to_disk(registry)
    return target


def point(registry: Path, link: str, target: str) -> None:
    """From now on ``registry/link`` is ``target``, a name in the registry. To be called ``alone``."""
    fresh = registry / _FRESH_LINK
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(registry / link)
    _to_disk(registry)


def unpoint(registry: Path, link: str) -> None:
    """From now on there is no ``registry/link``."""
    (registry / link).unlink(missing_ok=True)
    _to_disk(registry)


def pointed(registry: Path, link: str) -> str | None:
    """The name that ``registry/link`` points at; None where there is no such link."""
    try:
        return (registry / link).readlink().name
    except OSError:
        return None


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
