"""A registry directory only ever holds whole things, whoever is killed or fast."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.artefacts import publishing
from shared.artefacts.publishing import incoming, point, pointed, publish, sweep, unpoint


def published(registry: Path, name: str = "one") -> Path:
    with incoming(registry) as fresh:
        (fresh / "a").write_text("a")
        return publish(fresh, registry, name)


def test_what_is_published_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def note_fsync(descriptor: int) -> None:
        steps.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        fsync(descriptor)

    def note_rename(path: Path, target: Path) -> Path:
        steps.append(f"rename {path.name}")
        return rename(path, target)

    monkeypatch.setattr(publishing.os, "fsync", note_fsync)
    monkeypatch.setattr(publishing.Path, "rename", note_rename)
    with incoming(tmp_path) as fresh:
        for name in ("a", "b"):
            (fresh / name).write_text(name)
        publish(fresh, tmp_path, "one")
    assert sorted(steps[:2]) == ["fsync a", "fsync b"]
    assert steps[2:] == [f"fsync {fresh.name}", f"rename {fresh.name}", f"fsync {tmp_path.name}"]


def test_what_a_dead_maker_left_is_swept_and_what_a_living_one_makes_is_not(tmp_path: Path) -> None:
    (tmp_path / ".incoming-dead").mkdir()
    (tmp_path / ".incoming-dead" / "half").write_text("x")
    (tmp_path / ".link").symlink_to("one")
    with incoming(tmp_path) as fresh:
        assert [path.name for path in tmp_path.iterdir()] == [fresh.name]
        assert sweep(tmp_path) == 0
        assert fresh.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_the_first_of_a_name_is_kept(tmp_path: Path) -> None:
    directory = published(tmp_path)
    (directory / "a").chmod(0o600)
    assert published(tmp_path) == directory
    assert (directory / "a").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_link_is_replaced_and_taken_away(tmp_path: Path) -> None:
    assert pointed(tmp_path, "active") is None
    point(tmp_path, "active", "one")
    point(tmp_path, "active", "two")
    assert pointed(tmp_path, "active") == "two"
    unpoint(tmp_path, "active")
    assert pointed(tmp_path, "active") is None
    assert list(tmp_path.iterdir()) == []
