"""Where the model that comes with Loglynx lies: ``models/default`` beside the code, installed or checked out."""

from __future__ import annotations

from pathlib import Path


def shipped_model() -> Path:
    """The directory of the default artefact."""
    return Path(__file__).resolve().parents[2] / "models" / "default"
