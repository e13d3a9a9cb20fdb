"""A model as one file: a plain tar that holds one directory, named by its address, of the artefact's files.

A tar from elsewhere is hostile: it is read member by member, never extracted. Only plain files of the names that an
artefact has, each once, each of bounded size, all in the one directory; no links, no paths, no sparse files, no
compression to hide a bomb in. What was read proves itself like any model, and its address must be the directory's
name. Raises ArtefactInvalid.
"""

from __future__ import annotations

import errno
import io
import os
import tarfile
from pathlib import Path
from typing import Final

from shared.artefacts.manifest import ALLOWED, LINEAGE, MANIFEST, MAX_FILE_BYTES
from shared.artefacts.publishing import incoming
from shared.artefacts.registry import SHIPPED, Entry, ModelRegistry, address_of
from shared.errors import ArtefactInvalid

MAX_PACK_BYTES: Final = 96 * 1024 * 1024
_NAMES: Final = ALLOWED | {MANIFEST, LINEAGE}
_PLAIN: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)


def pack(registry: ModelRegistry, address: str, output: Path) -> None:
    """Write the model to ``output``; equal models give equal bytes. Raises OSError where it cannot be written."""
    if address == SHIPPED:
        raise ArtefactInvalid("the shipped model comes with the program; only published ones are exported")
    registry.load(address)
    if output.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(output))
    fresh = output.with_name(output.name + ".part")
    try:
        with tarfile.open(fresh, "w", format=tarfile.USTAR_FORMAT) as archive:
            for path in sorted((registry.root / address).iterdir()):
                content = path.read_bytes()
                member = tarfile.TarInfo(f"{address}/{path.name}")
                member.size, member.mode = len(content), 0o644
                archive.addfile(member, io.BytesIO(content))
        fresh.replace(output)
    finally:
        fresh.unlink(missing_ok=True)


def unpack(registry: ModelRegistry, source: Path) -> Entry:
    """Publish the model in ``source``. Raises ArtefactInvalid, and OSError where it cannot be read."""
    if not source.is_file() or source.stat().st_size > MAX_PACK_BYTES:
        raise ArtefactInvalid(f"no plain file of at most {MAX_PACK_BYTES} bytes")
    with incoming(registry.root) as fresh:
        address = _read_members(source, fresh)
        if address != address_of(fresh):
            raise ArtefactInvalid("the archive's directory is not named by the digest of its files")
        return registry.adopt(fresh)


def _read_members(source: Path, fresh: Path) -> str:
    """Write the files into ``fresh``; the name of the directory that they stood in."""
    directories: set[str] = set()
    seen: set[str] = set()
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                directory, slash, name = member.name.partition("/")
                if member.type not in _PLAIN or member.issparse():
                    raise ArtefactInvalid("the archive holds something that is not a plain file")
                if not slash or name not in _NAMES or name in seen:
                    raise ArtefactInvalid("the archive holds a file that no model has")
                directories.add(directory)
                seen.add(name)
                if member.size > MAX_FILE_BYTES or len(directories) > 1:
                    raise ArtefactInvalid("the archive holds a file that is too large, or several models")
                stream = archive.extractfile(member)
                content = b"" if stream is None else stream.read(MAX_FILE_BYTES + 1)
                if len(content) != member.size:
                    raise ArtefactInvalid("the archive is cut short")
                (fresh / name).write_bytes(content)
    except (tarfile.TarError, UnicodeError, ValueError, OverflowError, EOFError):
        raise ArtefactInvalid("that is no plain tar archive") from None
    if not directories:
        raise ArtefactInvalid("the archive is empty")
    return directories.pop()
