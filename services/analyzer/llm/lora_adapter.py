"""A LoRA adapter by the hash of its content, as a server is told of it.

In: the adapter's directory, which server and analyzer see at the same path (a read-only volume). Out: its name, a
hash, so that another adapter never answers under an old name. What may fail: ArtefactInvalid.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from shared.errors import ArtefactInvalid

NEEDED = ("adapter_config.json", "adapter_model.safetensors")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class LoraAdapter:
    """``digest``: SHA-256 over the names and contents of the adapter's files."""

    path: Path
    digest: str

    @property
    def name(self) -> str:
        """What requests name as their model."""
        return f"loglynx-{self.digest[:16]}"


def read_adapter(directory: Path) -> LoraAdapter:
    """The adapter in ``directory``. Raises ArtefactInvalid when a file is missing."""
    digest = hashlib.sha256()
    for name in NEEDED:
        path = directory / name
        if not path.is_file():
            raise ArtefactInvalid(f"the adapter lacks {name}")
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return LoraAdapter(directory, digest.hexdigest())
