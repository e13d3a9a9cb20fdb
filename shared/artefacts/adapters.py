"""LoRA adapters in a registry directory: published under the hash of their content, promoted by one link.

``REGISTRY/<version>/`` holds ``adapter_config.json``, ``adapter_model.safetensors``, ``adapter_manifest.json`` and
the evaluation card; ``REGISTRY/promoted`` is a link to one of them (shared.artefacts.publishing puts both there).
Nothing is run that the manifest does not prove: raises ArtefactInvalid.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.artefacts.publishing import alone, point, pointed
from shared.errors import ArtefactInvalid

FORMAT: Final = 1
MANIFEST: Final = "adapter_manifest.json"
CONFIG: Final = "adapter_config.json"
WEIGHTS: Final = "adapter_model.safetensors"
PROMOTED: Final = "promoted"
PROVEN: Final = (CONFIG, WEIGHTS)
# How a base is held in 4 bits, when an adapter is trained and when it is served: it must be the same.
QUANTIZATION: Final = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
# What decides what a base model says; a README beside it does not.
_BASE_PATTERNS: Final = ("config.json", "tokenizer.json", "tokenizer_config.json", "*.jinja", "*.safetensors")
_MAX_MANIFEST_BYTES: Final = 1 << 20


class AdapterManifest(BaseModel):
    """``adapter_manifest.json``.

    version      12 hex digits over the proven files
    base         what it was trained on, as it was named; ``base_sha256`` is what counts
    data_sha256  of the rows it was trained on
    files        name -> SHA-256
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int = FORMAT
    version: str = Field(pattern=r"^[0-9a-f]{12}$")
    created: str = Field(max_length=40)
    base: str = Field(max_length=500)
    base_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    data_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    training: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, str]


def base_sha256(directory: Path) -> str:
    """One digest over a base model's configuration, tokenizer and weights. Raises ArtefactInvalid if it has none."""
    digest = hashlib.sha256()
    files = sorted({path for pattern in _BASE_PATTERNS for path in directory.glob(pattern)})
    if not any(path.suffix == ".safetensors" for path in files):
        raise ArtefactInvalid("the base model's directory holds no safetensors")
    for path in files:
        digest.update(f"{path.name}\n{_sha256(path)}\n".encode())
    return digest.hexdigest()


def write_adapter_manifest(
    directory: Path, *, created: str, base: str, base_digest: str, data_digest: str, training: dict[str, Any]
) -> AdapterManifest:
    """Prove the adapter that lies in ``directory`` now."""
    files = {name: _sha256(directory / name) for name in PROVEN}
    manifest = AdapterManifest(
        version=_version_of(files),
        created=created,
        base=base,
        base_sha256=base_digest,
        data_sha256=data_digest,
        training=training,
        files=files,
    )
    (directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def load_adapter(directory: Path) -> AdapterManifest:
    """The manifest of the adapter in ``directory``, its files verified. Raises ArtefactInvalid."""
    path = directory / MANIFEST
    if not path.is_file() or path.stat().st_size > _MAX_MANIFEST_BYTES:
        raise ArtefactInvalid(f"{MANIFEST} is missing: this is not an adapter of `loglynx tune`")
    try:
        manifest = AdapterManifest.model_validate_json(path.read_bytes())
    except ValidationError:
        raise ArtefactInvalid(f"{MANIFEST} is malformed") from None
    if manifest.format != FORMAT or set(manifest.files) != set(PROVEN):
        raise ArtefactInvalid(f"{MANIFEST} is of another format")
    for name, proof in manifest.files.items():
        if not (directory / name).is_file() or _sha256(directory / name) != proof:
            raise ArtefactInvalid(f"{name} is not the file that the manifest describes")
    if manifest.version != _version_of(manifest.files):
        raise ArtefactInvalid("the version is not the digest of the files")
    return manifest


def promote(registry: Path, version: str) -> None:
    """From now on ``REGISTRY/promoted`` is ``version``. Raises ArtefactInvalid if that adapter does not verify."""
    load_adapter(registry / version)
    with alone(registry):
        point(registry, PROMOTED, version)


def promoted_version(registry: Path) -> str | None:
    """The promoted adapter's version; None before the first promotion."""
    return pointed(registry, PROMOTED)


def _version_of(files: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\n{files[name]}\n".encode())
    return digest.hexdigest()[:12]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ArtefactInvalid(f"{path.name} cannot be read") from error
