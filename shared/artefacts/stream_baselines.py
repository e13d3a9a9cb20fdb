"""What a model knows of single streams before it sees them: ``baselines.msgpack``, optional in an artefact.

Stream name -> baseline, in the form in which it lies in the ledger (shared.core.baseline). Retraining writes it, from
a site's own windows and what its people said of them; the detector starts with it where it has no baseline of its
own.
Raises ArtefactInvalid for anything else.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

import msgspec

from shared.artefacts.manifest import BASELINES, MAX_FILE_BYTES, Artefact
from shared.core.baseline import Baseline
from shared.core.packed_evidence import DAMAGES
from shared.errors import ArtefactInvalid

MOST_STREAMS: Final = 256
_MOST_UNPACKED_BYTES: Final = 64 * 1024 * 1024  # of one baseline; a file that says it is more is not unpacked


def pack_baselines(baselines: Mapping[str, Baseline]) -> bytes:
    """The content of the file. Raises ArtefactInvalid when it would be too large to be loaded."""
    content = msgspec.msgpack.encode({stream: baselines[stream].to_bytes() for stream in sorted(baselines)})
    if len(content) > MAX_FILE_BYTES or len(baselines) > MOST_STREAMS:
        raise ArtefactInvalid(f"{BASELINES} would hold more than a model may: retrain fewer streams at once")
    return content


def known_streams(artefact: Artefact) -> dict[str, bytes]:
    """Stream -> baseline as bytes; {} for a model that knows no stream."""
    if BASELINES not in artefact.contents:
        return {}
    try:
        found = msgspec.msgpack.decode(artefact.read(BASELINES), type=dict[str, bytes])
    except msgspec.MsgspecError:
        raise ArtefactInvalid(f"{BASELINES} is malformed") from None
    if len(found) > MOST_STREAMS:
        raise ArtefactInvalid(f"{BASELINES} knows too many streams")
    return found


def proven_streams(artefact: Artefact) -> dict[str, bytes]:
    """``known_streams`` that its model can judge by, every one of them read once."""
    known = known_streams(artefact)
    for content in known.values():
        read_baseline(content, artefact.manifest.shapes.dim)
    return known


def read_baseline(content: bytes, dim: int) -> Baseline:
    """One of them, of windows whose vectors have ``dim`` numbers: what cannot be judged by must not be served."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED_BYTES:
                raise ArtefactInvalid(f"{BASELINES} holds more than a baseline may")
        baseline = Baseline.from_bytes(content)
    except DAMAGES:
        raise ArtefactInvalid(f"{BASELINES} holds what is no baseline") from None
    windows = baseline.windows
    if not baseline.is_ready or any(w.embedding.shape != (dim,) or w.vectors.shape[1:] != (dim,) for w in windows):
        raise ArtefactInvalid(f"{BASELINES} holds a baseline that this model cannot judge by")
    return baseline
