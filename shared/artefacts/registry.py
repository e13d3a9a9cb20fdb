"""The registry of detector models: a directory of artefacts, each under the digest of its content.

ROOT/sha256-<64 hex>/   an artefact (shared.artefacts.manifest) with its lineage.json; never changes
ROOT/active             link to the one that detectors serve; none: the first entry
ROOT/shadow             link to the one that scores beside it, without effect
ROOT/history.jsonl      who put which into service, and what the gates said

The first entry is the model that comes with the program, under the name ``shipped``. Nothing is named by a link
before it has proved itself. Raises ArtefactInvalid for what does not, ModelUnknown for a name that means no model or
several.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from shared.artefacts.lineage import Activation, Lineage, append_history, predecessor, read_history
from shared.artefacts.manifest import LINEAGE, MANIFEST, MAX_MANIFEST_BYTES, Artefact, load_artefact, plain_bytes
from shared.artefacts.publishing import alone, incoming, point, pointed, publish, sweep, unpoint
from shared.artefacts.shipped import shipped_model
from shared.errors import ArtefactInvalid, ModelUnknown

SHIPPED: Final = "shipped"
ACTIVE: Final = "active"
SHADOW: Final = "shadow"
MAX_LINEAGE_BYTES: Final = 256 * 1024
_ADDRESS: Final = re.compile(r"sha256-[0-9a-f]{64}")
_FEWEST_DIGITS: Final = 4
_UNKNOWN: Final = Lineage.model_validate({})


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the registry, every file of it verified."""

    address: str
    artefact: Artefact
    lineage: Lineage

    @property
    def version(self) -> str:
        """What verdicts name: the digest of the files that decide a score."""
        return self.artefact.version

    @property
    def size_bytes(self) -> int:
        return sum(proof.bytes for proof in self.artefact.manifest.files.values())


class ModelRegistry:
    """``first`` is the directory of the first entry, the shipped model when None; ``root`` need not exist yet."""

    def __init__(self, root: Path, first: Path | None = None) -> None:
        self.root = root
        self.first = first or shipped_model()

    # --- reading --------------------------------------------------------------------------------------------------

    def addresses(self) -> list[str]:
        """Every published model's, in the order of publishing, after the first entry."""
        try:
            found = [path for path in self.root.iterdir() if _ADDRESS.fullmatch(path.name) and path.is_dir()]
        except OSError:
            found = []
        return [SHIPPED, *(path.name for path in sorted(found, key=lambda path: (path.stat().st_mtime, path.name)))]

    def load(self, address: str) -> Entry:
        """One model, verified whole, its address too. Raises ArtefactInvalid, ModelUnknown."""
        if address == SHIPPED:
            return Entry(SHIPPED, load_artefact(self.first), _UNKNOWN)
        if not _ADDRESS.fullmatch(address):
            raise ModelUnknown("that is no address of a model")
        directory = self.root / address
        if not directory.is_dir():
            raise ModelUnknown("there is no such model in the registry")
        artefact = load_artefact(directory)
        if address != address_of(directory):
            raise ArtefactInvalid("the address is not the digest of the files")
        return Entry(address, artefact, _read_lineage(directory))

    def find(self, name: str) -> str:
        """The address that ``name`` means: ``shipped``, or the first digits of an address or of a version.

        Raises ModelUnknown when it means none, or several.
        """
        if name in (ACTIVE, SHADOW):
            address = self.active() if name == ACTIVE else self.shadow()
            if address is None:
                raise ModelUnknown("no model is in the shadow")
            return address
        known = self.addresses()
        if name in known:
            return name
        digits = name.removeprefix("sha256-")
        if not re.fullmatch(rf"[0-9a-f]{{{_FEWEST_DIGITS},64}}", digits):
            raise ModelUnknown(f"a model is named `{SHIPPED}` or by {_FEWEST_DIGITS} or more digits of its address")
        found = {address for address in known if address.removeprefix("sha256-").startswith(digits)}
        if not found:
            found = {address for address in known if self._version(address).startswith(digits)}
        if len(found) != 1:
            raise ModelUnknown("several models are named so" if found else "there is no such model in the registry")
        return found.pop()

    def address_of_version(self, version: str) -> str | None:
        """The newest model of that version, the active one first; None where there is none."""
        candidates = [self.active(), *reversed(self.addresses())]
        return next((address for address in candidates if self._version(address) == version), None)

    def active(self) -> str:
        """The address that detectors serve."""
        return pointed(self.root, ACTIVE) or SHIPPED

    def shadow(self) -> str | None:
        """The address that scores beside it; None where there is none."""
        return pointed(self.root, SHADOW)

    def history(self) -> list[Activation]:
        return read_history(self.root)

    # --- writing --------------------------------------------------------------------------------------------------

    def publish(self, directory: Path, lineage: Lineage) -> Entry:
        """Copy the artefact in ``directory`` into the registry. Raises ArtefactInvalid."""
        artefact = load_artefact(directory)
        with incoming(self.root) as fresh:
            for name in artefact.manifest.files:
                (fresh / name).write_bytes(artefact.read(name))
            (fresh / MANIFEST).write_bytes(plain_bytes(directory / MANIFEST, MAX_MANIFEST_BYTES))
            text = lineage.model_dump_json(indent=2) + "\n"
            (fresh / LINEAGE).write_text(text, encoding="utf-8")
            return self.adopt(fresh)

    def adopt(self, fresh: Path) -> Entry:
        """Move a finished directory of ``incoming`` into the registry, verified before and after."""
        load_artefact(fresh)
        _read_lineage(fresh)
        address = address_of(fresh)
        target = self.root / address
        with alone(self.root):
            if target.exists() and not _is_whole(target):  # a disk has lost some of it: this is the same, whole
                shutil.rmtree(target, ignore_errors=True)
        publish(fresh, self.root, address)
        return self.load(address)

    def activate(self, activation: Activation) -> None:
        """``activation.to`` is served from now on, and not in the shadow. Raises ArtefactInvalid, and ModelUnknown if
        it isn't there, or if another model than ``activation.before`` is active by now."""
        entry = self.load(activation.to)
        with alone(self.root):
            sweep(self.root)
            if self.active() != activation.before:
                raise ModelUnknown("another model has become the active one meanwhile")
            append_history(self.root, activation)  # first: what it replaces must be known however this ends
            if self.shadow() == entry.address:
                unpoint(self.root, SHADOW)
            point(self.root, ACTIVE, entry.address)

    def predecessor(self) -> str:
        """What a rollback leads to. Raises ModelUnknown where nothing is known."""
        found = predecessor(self.history(), self.active())
        if found is None:
            raise ModelUnknown("the active model has replaced none")
        return found

    def set_shadow(self, address: str | None) -> None:
        """None: no model. Raises ArtefactInvalid, and ModelUnknown if it isn't there, or is the active one."""
        if address is not None:
            self.load(address)
        with alone(self.root):
            if address is None:
                unpoint(self.root, SHADOW)
            elif address == self.active():
                raise ModelUnknown("that model is the active one")
            else:
                point(self.root, SHADOW, address)

    def _version(self, address: str) -> str:
        """As the manifest claims, unverified; "" where it cannot be read."""
        directory = self.first if address == SHIPPED else self.root / address
        try:
            found = re.search(rb'"version": ?"([0-9a-f]{12})"', plain_bytes(directory / MANIFEST, MAX_MANIFEST_BYTES))
        except ArtefactInvalid:
            return ""
        return found[1].decode() if found else ""


def address_of(directory: Path) -> str:
    """The digest of manifest and lineage; the manifest has the digests of everything else. Raises ArtefactInvalid."""
    digest = hashlib.sha256()
    for name, most in ((LINEAGE, MAX_LINEAGE_BYTES), (MANIFEST, MAX_MANIFEST_BYTES)):
        digest.update(f"{name}\n{hashlib.sha256(plain_bytes(directory / name, most)).hexdigest()}\n".encode())
    return f"sha256-{digest.hexdigest()}"


def _read_lineage(directory: Path) -> Lineage:
    try:
        return Lineage.model_validate_json(plain_bytes(directory / LINEAGE, MAX_LINEAGE_BYTES))
    except ValidationError:
        raise ArtefactInvalid(f"{LINEAGE} is malformed") from None


def _is_whole(directory: Path) -> bool:
    try:
        load_artefact(directory)
        return address_of(directory) == directory.name
    except (ArtefactInvalid, OSError):
        return False
