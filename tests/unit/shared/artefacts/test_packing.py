"""A model travels as one tar, and a hostile tar gets nowhere."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from artefact_builders import an_artefact

from shared.artefacts.lineage import Lineage
from shared.artefacts.manifest import MAX_FILE_BYTES, MODEL_CARD
from shared.artefacts.packing import MAX_PACK_BYTES, pack, unpack
from shared.artefacts.registry import SHIPPED, ModelRegistry
from shared.errors import ArtefactInvalid


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "registry", an_artefact(tmp_path / "first"))


@pytest.fixture
def packed(registry: ModelRegistry, tmp_path: Path) -> Path:
    address = registry.publish(an_artefact(tmp_path / "trained", "x"), Lineage(author="ann")).address
    pack(registry, address, tmp_path / "model.tar")
    return tmp_path / "model.tar"


def elsewhere(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "elsewhere", tmp_path / "first")


def test_a_model_arrives_as_it_left(registry: ModelRegistry, packed: Path, tmp_path: Path) -> None:
    entry = unpack(elsewhere(tmp_path), packed)
    assert entry.address == registry.addresses()[1]
    assert entry.lineage.author == "ann"
    again = tmp_path / "again.tar"
    pack(elsewhere(tmp_path), entry.address, again)
    assert again.read_bytes() == packed.read_bytes()


def test_the_shipped_model_is_not_exported(registry: ModelRegistry, tmp_path: Path) -> None:
    with pytest.raises(ArtefactInvalid):
        pack(registry, SHIPPED, tmp_path / "out.tar")
    assert not (tmp_path / "out.tar").exists()


def rewritten(packed: Path, change: Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]) -> Path:
    hostile = packed.with_name("hostile.tar")
    with tarfile.open(packed) as source, tarfile.open(hostile, "w") as target:
        for member in source:
            stream = source.extractfile(member)
            assert stream is not None
            for changed, content in change(member, stream.read()):
                changed.size = len(content) if changed.isreg() else 0
                target.addfile(changed, io.BytesIO(content) if changed.isreg() else None)
    return hostile


def _renamed(name: str) -> Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]:
    def change(member: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        if member.name.endswith(MODEL_CARD):
            member.name = name.replace("DIR", member.name.partition("/")[0])
        return [(member, content)]

    return change


def _typed(
    kind: bytes, target: str = "/etc/passwd"
) -> Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]:
    def change(member: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        if member.name.endswith(MODEL_CARD):
            member.type, member.linkname = kind, target
        return [(member, content)]

    return change


HOSTILE = {
    "a path that climbs": _renamed("DIR/../../evil"),
    "an absolute path": _renamed("/evil"),
    "a file beside the directory": _renamed("MODEL_CARD.md"),
    "a deeper path": _renamed("DIR/x/MODEL_CARD.md"),
    "two directories": _renamed("other/MODEL_CARD.md"),
    "a name of no model": _renamed("DIR/evil.py"),
    "a dot for a directory": _renamed("./MODEL_CARD.md"),
    "a symbolic link": _typed(tarfile.SYMTYPE),
    "a hard link": _typed(tarfile.LNKTYPE),
    "a device": _typed(tarfile.CHRTYPE),
    "a pipe": _typed(tarfile.FIFOTYPE),
    "a directory": _typed(tarfile.DIRTYPE),
    "a sparse file": _typed(tarfile.GNUTYPE_SPARSE),
    "a file twice": lambda member, content: [(member, content), (member, content)],
    "changed content": lambda member, content: [(member, content + b" ")],
    "too large a file": lambda member, content: [(member, b" " * (MAX_FILE_BYTES + 1))],
    "nothing": lambda member, content: [],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_tar_is_refused_and_leaves_nothing(what: str, packed: Path, tmp_path: Path) -> None:
    registry = elsewhere(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ArtefactInvalid):
        unpack(registry, rewritten(packed, HOSTILE[what]))
    left = set(tmp_path.rglob("*")) - set(before) - {registry.root, packed.with_name("hostile.tar")}
    assert left == set()


def test_what_is_no_tar_or_cut_short_or_packed_or_huge_is_refused(packed: Path, tmp_path: Path) -> None:
    content = packed.read_bytes()
    broken = tmp_path / "broken.tar"
    for cut in (b"", b"no tar at all", content[:700], content[: len(content) // 2], b"\x1f\x8b" + content):
        broken.write_bytes(cut)
        with pytest.raises(ArtefactInvalid):
            unpack(elsewhere(tmp_path), broken)
    with broken.open("wb") as sparse:
        sparse.truncate(MAX_PACK_BYTES + 1)
    with pytest.raises(ArtefactInvalid, match="at most"):
        unpack(elsewhere(tmp_path), broken)
    assert elsewhere(tmp_path).addresses() == [SHIPPED]


def test_a_model_under_another_address_is_refused(packed: Path, tmp_path: Path) -> None:
    def change(member: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        member.name = f"sha256-{'0' * 64}/{member.name.partition('/')[2]}"
        return [(member, content)]

    with pytest.raises(ArtefactInvalid, match="digest"):
        unpack(elsewhere(tmp_path), rewritten(packed, change))
