"""What a model directory must prove before anything in it is run.

``load_artefact(directory)`` reads ``manifest.json`` and checks every file against it: name, size, SHA-256, kind.
Nothing is opened by a model runtime before all of it holds. ``write_manifest`` makes such a manifest; the version is
the digest of the files' digests, so equal files mean equal versions. Raises ArtefactInvalid, and nothing else, for
anything found wrong; its detail names the file and the rule, never the file's content.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.artefacts.external_data import refers_outside
from shared.core import normalising, side_channel
from shared.errors import ArtefactInvalid

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LINE_ENCODER: Final = "line_encoder.onnx"
SEQUENCE_MODEL: Final = "sequence_model.onnx"
TOKENIZER: Final = "tokenizer.json"
CALIBRATION: Final = "calibration.json"
MODEL_CARD: Final = "MODEL_CARD.md"
BASELINES: Final = "baselines.msgpack"  # optional: streams that the model knows (stream_baselines.py)
LINEAGE: Final = "lineage.json"  # where it came from: the registry's, proven by its address
REQUIRED: Final = frozenset({LINE_ENCODER, SEQUENCE_MODEL, TOKENIZER, CALIBRATION})
DECIDING: Final = REQUIRED | {BASELINES}  # the files that decide a score
ALLOWED: Final = DECIDING | {MODEL_CARD}
# Of the exported graphs: from the networks that they were made of, and from themselves in other batches.
MOST_DIFFERENCE_FROM_TORCH: Final = 1e-4
MOST_DIFFERENCE_FROM_ITSELF: Final = 1e-5
MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_MANIFEST_BYTES: Final = 256 * 1024


class FileProof(BaseModel):
    """One file as it must be found."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    bytes: int = Field(ge=1, le=MAX_FILE_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Shapes(BaseModel):
    """The sizes that the serving code and the graphs must agree on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    dim: int = Field(ge=16, le=4096)
    side_dim: int = Field(ge=1, le=1024)
    max_events: int = Field(ge=1, le=4096)
    max_tokens: int = Field(ge=4, le=1024)
    vocabulary: int = Field(ge=260, le=200_000)


class Manifest(BaseModel):
    """``manifest.json``. ``metrics`` and ``training`` inform people; nothing at serving depends on them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    version: str = Field(pattern=r"^[0-9a-f]{12}$")
    created: str = Field(max_length=40)
    licence: str = Field(max_length=100)
    normaliser_version: int | str
    side_channel_version: int
    shapes: Shapes
    objectives: list[str]
    training: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, FileProof]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A verified directory. The bytes that were verified are the bytes to load: ``read`` hands them out."""

    directory: Path
    manifest: Manifest
    contents: dict[str, bytes]

    @property
    def version(self) -> str:
        return self.manifest.version

    def read(self, name: str) -> bytes:
        """The verified bytes of one file; a change on disk after verification has no effect."""
        return self.contents[name]


def load_artefact(directory: Path | str) -> Artefact:
    """The artefact in ``directory``, every file verified. Raises ArtefactInvalid."""
    root = Path(directory)
    if root.is_symlink() or not root.is_dir():
        raise ArtefactInvalid("the model directory does not exist or is a link")
    manifest = _read_manifest(root)
    _check_versions(manifest)
    _check_names(root, manifest)
    contents = {name: _verified_bytes(root / name, proof) for name, proof in manifest.files.items()}
    if manifest.version != version_of(manifest.files):
        raise ArtefactInvalid("the version is not the digest of the files")
    for name in (LINE_ENCODER, SEQUENCE_MODEL):
        if refers_outside(contents[name]):
            raise ArtefactInvalid(f"{name} refers to external data or is not an ONNX graph")
    return Artefact(root, manifest, contents)


def write_manifest(
    directory: Path,
    *,
    shapes: Shapes,
    objectives: list[str],
    training: dict[str, Any],
    metrics: dict[str, Any],
    created: str,
    licence: str = "MIT",
) -> Manifest:
    """Prove the files that lie in ``directory`` now; writes ``manifest.json`` and returns it.

    Raises ArtefactInvalid when a required file is missing, too large, or not of the allowed names.
    """
    files: dict[str, FileProof] = {}
    for name in sorted(ALLOWED):
        path = directory / name
        if not path.exists() and name not in REQUIRED:
            continue
        content = plain_bytes(path)
        files[name] = FileProof(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    manifest = Manifest(
        format=FORMAT,
        version=version_of(files),
        created=created,
        licence=licence,
        normaliser_version=normalising.VERSION,
        side_channel_version=side_channel.VERSION,
        shapes=shapes,
        objectives=objectives,
        training=training,
        metrics=metrics,
        files=files,
    )
    _check_names(directory, manifest)
    (directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def version_of(files: dict[str, FileProof]) -> str:
    """12 hex digits over the digests of the files that decide a score; the model card does not."""
    digest = hashlib.sha256()
    for name in sorted(files.keys() & DECIDING):
        digest.update(f"{name}\n{files[name].sha256}\n".encode())
    return digest.hexdigest()[:12]


def _read_manifest(root: Path) -> Manifest:
    content = plain_bytes(root / MANIFEST, MAX_MANIFEST_BYTES)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:80]
        raise ArtefactInvalid(f"{MANIFEST} is malformed at {where or 'its root'}") from None


def _check_versions(manifest: Manifest) -> None:
    expected = {
        "format": (manifest.format, FORMAT),
        "normaliser_version": (manifest.normaliser_version, normalising.VERSION),
        "side_channel_version": (manifest.side_channel_version, side_channel.VERSION),
        "side_dim": (manifest.shapes.side_dim, side_channel.SIDE_DIM),
    }
    for name, (found, wanted) in expected.items():
        if found != wanted:
            raise ArtefactInvalid(f"{name} of the artefact does not match this program")


def _check_names(root: Path, manifest: Manifest) -> None:
    named = set(manifest.files)
    if missing := REQUIRED - named:
        raise ArtefactInvalid(f"the manifest lacks {sorted(missing)[0]}")
    if named - ALLOWED:
        raise ArtefactInvalid("the manifest names a file that no artefact has")
    present = {entry.name for entry in root.iterdir()}
    if present - named - {MANIFEST, LINEAGE}:
        raise ArtefactInvalid("the directory holds a file that the manifest does not name")


def _verified_bytes(path: Path, proof: FileProof) -> bytes:
    content = plain_bytes(path)
    if len(content) != proof.bytes or hashlib.sha256(content).hexdigest() != proof.sha256:
        raise ArtefactInvalid(f"{path.name} is not the file that the manifest describes")
    return content


def plain_bytes(path: Path, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The content of a regular file of bounded size; links and anything else are refused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise ArtefactInvalid(f"{path.name} is missing, a link, or cannot be read") from None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ArtefactInvalid(f"{path.name} is not a plain file")
        content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ArtefactInvalid(f"{path.name} is larger than {max_bytes} bytes")
    return content
