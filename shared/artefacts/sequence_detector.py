"""A trained sequence detector as a directory that proves itself: graph, reader, calibration, card, manifest.

detector.json     which files there are, with size and SHA-256, and what was trained on what
graph.onnx        the model      reader.json  the numbers of templates and what else its reader needs
tokenizer.json    of a model that reads words      calibration.json  scores of held-back normal windows

``load_sequence_detector`` hands out bytes that were verified and nothing else. Raises ArtefactInvalid, and nothing
else, for anything found wrong; its detail names the file and the rule, never the file's content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.artefacts.external_data import refers_outside
from shared.artefacts.manifest import MAX_MANIFEST_BYTES, MODEL_CARD, FileProof, plain_bytes
from shared.core import normalising
from shared.core.sequences.seen import ModelType
from shared.errors import ArtefactInvalid

FORMAT: Final = 2  # 2: templates without user names
MANIFEST: Final = "detector.json"
GRAPH: Final = "graph.onnx"
READER: Final = "reader.json"
TOKENIZER: Final = "tokenizer.json"
CALIBRATION: Final = "calibration.json"
REQUIRED: Final = frozenset({GRAPH, READER, CALIBRATION})
ALLOWED: Final = REQUIRED | {TOKENIZER, MODEL_CARD}


class DetectorManifest(BaseModel):
    """``detector.json``. ``training`` and ``metrics`` inform people; nothing at serving depends on them.

    version  12 hex digits over the files that decide a score
    window   the rule that its windows were cut by, such as fixed:20
    budget   share of normal windows that its threshold lets be flagged
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int = FORMAT
    version: str = Field(pattern=r"^[0-9a-f]{12}$")
    model_type: ModelType
    is_experimental: bool
    created: str = Field(max_length=40)
    licence: str = Field(default="MIT", max_length=100)
    normaliser_version: int | str
    window: str = Field(max_length=200)
    budget: float = Field(gt=0, le=0.5)
    training: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, FileProof]


@dataclass(frozen=True, slots=True)
class DetectorArtefact:
    """A verified directory."""

    manifest: DetectorManifest
    contents: Mapping[str, bytes]

    def read_json(self, name: str) -> dict[str, Any]:
        """Raises ArtefactInvalid for a file that is not a JSON object."""
        try:
            found = json.loads(self.contents[name])
        except (ValueError, RecursionError):
            raise ArtefactInvalid(f"{name} is not JSON") from None
        if not isinstance(found, dict):
            raise ArtefactInvalid(f"{name} is not a JSON object")
        return found


def is_sequence_detector(directory: Path) -> bool:
    """Whether the directory claims to hold one."""
    return (directory / MANIFEST).is_file()


def load_sequence_detector(directory: Path) -> DetectorArtefact:
    """The detector in ``directory``, every file verified. Raises ArtefactInvalid."""
    if directory.is_symlink() or not directory.is_dir():
        raise ArtefactInvalid("the model directory does not exist or is a link")
    try:
        manifest = DetectorManifest.model_validate_json(plain_bytes(directory / MANIFEST, MAX_MANIFEST_BYTES))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])[:80]
        raise ArtefactInvalid(f"{MANIFEST} is malformed at {where or 'its root'}") from None
    if manifest.format != FORMAT or manifest.normaliser_version != normalising.VERSION:
        raise ArtefactInvalid("the detector was made by a program of another version")
    if REQUIRED - set(manifest.files) or set(manifest.files) - ALLOWED:
        raise ArtefactInvalid("the manifest names other files than a detector has")
    if {entry.name for entry in directory.iterdir()} - set(manifest.files) - {MANIFEST}:
        raise ArtefactInvalid("the directory holds a file that the manifest does not name")
    contents = {name: plain_bytes(directory / name) for name in manifest.files}
    if {name: _proof(content) for name, content in contents.items()} != manifest.files:
        raise ArtefactInvalid("a file is not the one that the manifest describes")
    if manifest.version != _version_of(manifest.files):
        raise ArtefactInvalid("the version is not the digest of the files")
    if refers_outside(contents[GRAPH]):
        raise ArtefactInvalid(f"{GRAPH} refers to external data or is not an ONNX graph")
    return DetectorArtefact(manifest, contents)


def prove_sequence_detector(directory: Path, **said: Any) -> DetectorManifest:
    """Write ``detector.json`` about the files in ``directory``; ``said`` are the manifest's other fields."""
    files = {name: _proof(plain_bytes(directory / name)) for name in sorted(ALLOWED) if (directory / name).exists()}
    if missing := REQUIRED - set(files):
        raise ArtefactInvalid(f"{sorted(missing)[0]} is missing")
    manifest = DetectorManifest(
        version=_version_of(files), files=files, normaliser_version=normalising.VERSION, **said
    )
    (directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def _proof(content: bytes) -> FileProof:
    return FileProof(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _version_of(files: Mapping[str, FileProof]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files.keys() - {MODEL_CARD}):
        digest.update(f"{name}\n{files[name].sha256}\n".encode())
    return digest.hexdigest()[:12]
