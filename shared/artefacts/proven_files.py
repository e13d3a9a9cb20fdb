"""Files of a model, and the digests that prove them: what small manifests have in common. Raises ArtefactInvalid."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from shared.errors import ArtefactInvalid

MANIFEST: Final = "manifest.json"
MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_MANIFEST_BYTES: Final = 256 * 1024


def digests_of(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """name -> SHA-256 of the file as it lies there now."""
    return {name: hashlib.sha256(read_bounded(directory / name)).hexdigest() for name in names}


def version_of(files: Mapping[str, str]) -> str:
    """12 hex digits over names and digests."""
    return hashlib.sha256("".join(f"{name}\n{files[name]}\n" for name in sorted(files)).encode()).hexdigest()[:12]


def proven_bytes(directory: Path, files: Mapping[str, str]) -> dict[str, bytes]:
    """name -> content, if every file is the one that ``files`` describes."""
    contents = {name: read_bounded(directory / name) for name in files}
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != files[name]:
            raise ArtefactInvalid(f"{name} is not the file that the manifest describes")
    return contents


def read_bounded(path: Path, most: int = MAX_FILE_BYTES) -> bytes:
    """The bytes of a plain file of at most ``most`` bytes."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
        raise ArtefactInvalid(f"{path.name} is missing, a link, or too large")
    return path.read_bytes()
