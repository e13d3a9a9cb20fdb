"""The registry of models as the commands see it: where it lies, who acts, what is shown of an entry.

Raises CommandFailed where nothing is known of a name, and where files cannot be read or written.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from loglynx.failures import CommandFailed
from loglynx.settings import REGISTRY_VARIABLE
from loglynx.stack.data_dir import DataDir
from services.detector.settings import DetectorSettings
from shared.artefacts.lineage import Activation, Why
from shared.artefacts.registry import SHIPPED, Entry, ModelRegistry
from shared.errors import ArtefactInvalid, ModelUnknown

Model = Annotated[str, typer.Argument(metavar="MODEL", help="`shipped`, or first digits of an address or version.")]
RegistryOption = Annotated[
    Path | None,
    typer.Option(
        "--registry",
        metavar="DIR",
        envvar=REGISTRY_VARIABLE,
        help="Registry of models; default: `models` in the data directory.",
        show_default=False,
    ),
]
AuthorOption = Annotated[
    str | None,
    typer.Option("--author", metavar="NAME", help="Who is written into the history.", show_default="your user name"),
]
_SHOWN_DIGITS = 12


def registry_at(directory: Path | None, data_dir: Path) -> ModelRegistry:
    """The registry that `loglynx up` serves from, unless ``directory`` names another."""
    root = directory.expanduser() if directory else DataDir(data_dir).models_dir
    return ModelRegistry(root, DetectorSettings.from_environment().model_dir)


@contextmanager
def failures_told(registry: ModelRegistry) -> Iterator[None]:
    """Within, what the registry raises becomes a sentence for people."""
    try:
        yield
    except ModelUnknown as error:
        raise CommandFailed(error.detail, f"loglynx models list --registry {registry.root}") from error
    except ArtefactInvalid as error:
        raise CommandFailed(f"the model does not prove itself: {error.detail}") from error
    except OSError as error:
        raise CommandFailed(f"{error.filename or registry.root}: {error.strerror}", "may you write there?") from error


@contextmanager
def opened(directory: Path | None, data_dir: Path) -> Iterator[ModelRegistry]:
    """``registry_at``, with ``failures_told`` within."""
    registry = registry_at(directory, data_dir)
    with failures_told(registry):
        yield registry


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def author_of(name: str | None) -> str:
    """``name``, or who is logged in; a container's user has no name, only a number."""
    if name:
        return name[:200]
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def short(address: str) -> str:
    """An address as people type it."""
    return address if address == SHIPPED else address.removeprefix("sha256-")[:_SHOWN_DIGITS]


def record_of(registry: ModelRegistry, address: str) -> dict[str, Any]:
    """One row of the list; a model that does not prove itself says so instead of its figures."""
    try:
        return _record(registry, registry.load(address))
    except (ArtefactInvalid, ModelUnknown) as error:
        return _marks(registry, address) | {"damaged": error.detail}


def details_of(registry: ModelRegistry, entry: Entry) -> dict[str, Any]:
    """Everything that is known of one model."""
    history = [a.model_dump() for a in registry.history() if entry.address in (a.to, a.before)]
    manifest = entry.artefact.manifest.model_dump()
    return _record(registry, entry) | {
        "directory": str(entry.artefact.directory),
        "lineage": entry.lineage.model_dump(),
        "manifest": manifest,
        "history": history,
    }


def differences(one: Entry, other: Entry) -> dict[str, tuple[Any, Any]]:
    """What the two say differently, by the path of its name; None where one of them does not say it."""
    left, right = _flat(one), _flat(other)
    keys = sorted(left.keys() | right.keys())
    return {key: (left.get(key), right.get(key)) for key in keys if left.get(key) != right.get(key)}


def activation(
    to: str,
    before: str,
    author: str,
    gates: dict[str, Any] | None = None,
    *,
    is_forced: bool = False,
    why: Why = "activate",
) -> Activation:
    """``before``: what was active when the gates were asked; activating fails if another is by now."""
    return Activation(why=why, to=to, before=before, at=now(), author=author, is_forced=is_forced, gates=gates)


def _marks(registry: ModelRegistry, address: str) -> dict[str, Any]:
    return {"address": address, "active": address == registry.active(), "shadow": address == registry.shadow()}


def _record(registry: ModelRegistry, entry: Entry) -> dict[str, Any]:
    return _marks(registry, entry.address) | {
        "version": entry.version,
        "created": entry.artefact.manifest.created,
        "bytes": entry.size_bytes,
        "parent": entry.lineage.parent,
        "author": entry.lineage.author,
    }


def _flat(entry: Entry) -> dict[str, Any]:
    whole = {"manifest": entry.artefact.manifest.model_dump(), "lineage": entry.lineage.model_dump()}
    found: dict[str, Any] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else str(name))
        else:
            found[path] = list(value) if isinstance(value, tuple) else value

    walk(whole, "")
    return found
