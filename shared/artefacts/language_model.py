"""The directory of the analyzer's language model, and the manifest that proves it.

``model.onnx`` and ``tokenizer.json``, and ``mix.json`` once its weight against the other readers has been fitted.
Nothing is run that the manifest does not prove. Raises ArtefactInvalid.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.artefacts.external_data import refers_outside
from shared.artefacts.proven_files import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    digests_of,
    proven_bytes,
    read_bounded,
    version_of,
)
from shared.core import compact_window
from shared.errors import ArtefactInvalid

FORMAT: Final = 1
GRAPH: Final = "model.onnx"
VOCABULARY: Final = "tokenizer.json"
REQUIRED: Final = (GRAPH, VOCABULARY)


class LanguageModelManifest(BaseModel):
    """``manifest.json``. ``training`` and ``metrics`` inform people.

    version         12 hex digits over graph and vocabulary
    window_version  of the form in which windows are read
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    version: str = Field(pattern=r"^[0-9a-f]{12}$")
    window_version: int
    created: str = Field(max_length=40)
    licence: str = Field(max_length=100)
    training: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, str]


def write_language_model(
    directory: Path, *, created: str, licence: str, training: dict[str, Any], metrics: dict[str, Any]
) -> LanguageModelManifest:
    """Prove the files that lie in ``directory`` now."""
    files = digests_of(directory, REQUIRED)
    manifest = LanguageModelManifest(
        format=FORMAT,
        version=version_of(files),
        window_version=compact_window.VERSION,
        created=created,
        licence=licence,
        training=training,
        metrics=metrics,
        files=files,
    )
    (directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def load_language_model(directory: Path) -> tuple[LanguageModelManifest, dict[str, bytes]]:
    """The manifest and the verified bytes of its files."""
    try:
        manifest = LanguageModelManifest.model_validate_json(read_bounded(directory / MANIFEST, MAX_MANIFEST_BYTES))
    except ValidationError:
        raise ArtefactInvalid(f"{MANIFEST} is malformed") from None
    if manifest.format != FORMAT or manifest.window_version != compact_window.VERSION:
        raise ArtefactInvalid("the language model was made for another version of this program")
    if set(manifest.files) != set(REQUIRED) or manifest.version != version_of(manifest.files):
        raise ArtefactInvalid("the manifest does not name the files of a language model")
    contents = proven_bytes(directory, manifest.files)
    if refers_outside(contents[GRAPH]):
        raise ArtefactInvalid(f"{GRAPH} refers to external data or is not an ONNX graph")
    return manifest, contents
