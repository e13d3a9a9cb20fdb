"""The directory of the analyzer's window reader, and the manifest that proves it.

``network.npz`` (the network of shared.core.window_network), and the line encoder that it was trained behind, with
its tokenizer: copied, because another encoder's vectors would mean nothing to it. Nothing is run that the manifest
does not prove, and nothing is unpickled. Raises ArtefactInvalid.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
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
from shared.core import line_features, window_network
from shared.core.taxonomy import Category
from shared.core.window_network import WindowNetwork
from shared.errors import ArtefactInvalid
from shared.template_encoder import TemplateEncoder

FORMAT: Final = 1
NETWORK: Final = "network.npz"
ENCODER: Final = "line_encoder.onnx"
TOKENIZER: Final = "tokenizer.json"
FILES: Final = (NETWORK, ENCODER, TOKENIZER)


class WindowReaderManifest(BaseModel):
    """``manifest.json``. ``training`` and ``metrics`` inform people.

    version          12 hex digits over the files
    input_version, feature_version   of what the network is fed
    categories       of its answers, in order; the line model's own
    line_model       SHA-256 of the line model whose readings it was trained for
    max_tokens       that the encoder reads of a line
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int
    version: str = Field(pattern=r"^[0-9a-f]{12}$")
    input_version: int
    feature_version: int
    categories: tuple[Category, ...] = Field(min_length=1)
    line_model: str = Field(pattern=r"^[0-9a-f]{64}$")
    max_tokens: int = Field(ge=1, le=4096)
    created: str = Field(max_length=40)
    licence: str = Field(max_length=100)
    training: dict[str, Any]
    metrics: dict[str, Any]
    files: dict[str, str]


def pack_network(network: WindowNetwork) -> bytes:
    """The content of NETWORK."""
    buffer = io.BytesIO()
    arrays = {f"parameter.{name}": values for name, values in network.parameters.items()}
    np.savez_compressed(buffer, allow_pickle=False, words=network.words, scale=network.scale, **arrays)
    return buffer.getvalue()


def unpack_network(content: bytes, categories: int) -> WindowNetwork:
    """Inverse of ``pack_network``, if its shapes fit this program."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            words, scale = file["words"], file["scale"]
            parameters = {
                name.removeprefix("parameter."): file[name].astype(np.float32)
                for name in file.files
                if name.startswith("parameter.")
            }
        is_sound = (
            words.dtype == np.int8
            and words.shape == (line_features.BUCKETS, len(scale))
            and parameters["enter.weight"].shape[1] == window_network.columns_for(categories)
            and parameters["category.bias"].shape == (categories,)
            and all(bool(np.isfinite(values).all()) for values in (scale, *parameters.values()))
        )
    except Exception:  # whatever a broken file provokes
        raise ArtefactInvalid(f"{NETWORK} is no network") from None
    if not is_sound:
        raise ArtefactInvalid(f"{NETWORK} is of another shape")
    return WindowNetwork(words, scale.astype(np.float32), parameters)


def write_window_reader(
    directory: Path,
    *,
    categories: Sequence[Category],
    line_model: str,
    max_tokens: int,
    created: str,
    licence: str,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> WindowReaderManifest:
    """Prove the files that lie in ``directory`` now."""
    files = digests_of(directory, FILES)
    manifest = WindowReaderManifest(
        format=FORMAT,
        version=version_of(files),
        input_version=window_network.VERSION,
        feature_version=line_features.VERSION,
        categories=tuple(categories),
        line_model=line_model,
        max_tokens=max_tokens,
        created=created,
        licence=licence,
        training=dict(training),
        metrics=dict(metrics),
        files=files,
    )
    (directory / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def load_window_reader(
    directory: Path, threads: int = 1
) -> tuple[WindowReaderManifest, WindowNetwork, TemplateEncoder]:
    """What the manifest proves."""
    try:
        content = read_bounded(directory / MANIFEST, MAX_MANIFEST_BYTES)
        manifest = WindowReaderManifest.model_validate_json(content)
    except ValidationError:
        raise ArtefactInvalid(f"{MANIFEST} is malformed") from None
    made_for = (manifest.format, manifest.input_version, manifest.feature_version)
    if made_for != (FORMAT, window_network.VERSION, line_features.VERSION):
        raise ArtefactInvalid("the window reader was made for another version of this program")
    if set(manifest.files) != set(FILES) or manifest.version != version_of(manifest.files):
        raise ArtefactInvalid("the manifest does not name the files of a window reader")
    contents = proven_bytes(directory, manifest.files)
    if refers_outside(contents[ENCODER]):
        raise ArtefactInvalid(f"{ENCODER} refers to external data or is not an ONNX graph")
    network = unpack_network(contents[NETWORK], len(manifest.categories))
    encoder = TemplateEncoder(contents[ENCODER], contents[TOKENIZER], manifest.max_tokens, threads)
    expected = network.parameters["by_meaning.first.weight"].shape[1] - window_network.LEVELS
    if encoder.dim != expected:
        raise ArtefactInvalid("the line encoder gives other vectors than the network reads")
    return manifest, network, encoder
