"""A finished artefact goes into the registry of models, with where it came from; nothing is served by that."""

from __future__ import annotations

import datetime
import getpass
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from shared.artefacts.lineage import Lineage
from shared.artefacts.manifest import Manifest
from shared.artefacts.registry import Entry, ModelRegistry

_MOST_WORDS = 200


def publish_trained(directory: Path, manifest: Manifest, registry: Path, command: Sequence[str]) -> Entry:
    """The artefact in ``directory``, as a candidate for the place of the registry's active model.

    Raises ArtefactInvalid, and OSError where the registry cannot be written.
    """
    found = ModelRegistry(registry)
    lineage = Lineage(
        parent=found.active(),
        data_sha256=str(manifest.training.get("corpus_sha256", "")),
        code=code_version(),
        command=tuple(command)[:_MOST_WORDS],
        author=_author(),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        notes={"metrics": manifest.metrics.get("held_out_simulators", {})},
    )
    return found.publish(directory, lineage)


def code_version() -> str:
    """The installed version, and the commit where this is a checkout."""
    installed = "unknown"
    with suppress(PackageNotFoundError):
        installed = version("loglynx")
    try:
        asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
        commit = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return installed
    return f"{installed}+{commit}"


def _author() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
