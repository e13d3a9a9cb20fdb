"""Models that serve, made of the shipped one: the same graphs under another version."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from shared.artefacts.manifest import CALIBRATION, Manifest, load_artefact, write_manifest
from shared.artefacts.shipped import shipped_model


def a_variant(directory: Path, shift: float = -0.001) -> Path:
    """``shift`` is added to what normal windows are said to look like: far below 0, everything looks strange."""
    shutil.copytree(shipped_model(), directory)
    values = json.loads((directory / CALIBRATION).read_text())
    shifted = {name: [value + shift for value in column] for name, column in values.items()}
    (directory / CALIBRATION).write_text(json.dumps(shifted))
    shipped: Manifest = load_artefact(shipped_model()).manifest
    write_manifest(
        directory,
        shapes=shipped.shapes,
        objectives=shipped.objectives,
        training={},
        metrics=shipped.metrics,
        created="2026-01-01T00:00:00+00:00",
    )
    return directory
