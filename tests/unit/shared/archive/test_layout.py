"""Names of streams become names of directories, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shared.archive.layout import Partition, folder_of, partitions
from shared.archive.schema import DataSet


@given(st.text(max_size=300))
def test_any_name_is_one_harmless_directory(name: str) -> None:
    folder = folder_of(name)
    assert folder.startswith("stream=")
    assert len(folder.encode()) <= 255
    assert not set(folder) & set("/\\\0")
    assert folder.isascii()


@given(st.lists(st.text(alphabet="aA./%~@", max_size=130), min_size=2, max_size=2, unique=True))
def test_two_streams_do_not_share_one(names: list[str]) -> None:
    if not any(name.startswith("seq/") for name in names):
        assert folder_of(names[0]) != folder_of(names[1])


def test_sequences_share_one_and_plain_names_stay_readable() -> None:
    assert folder_of("seq/j1") == folder_of("seq/j2/3") == "stream=seq%2F"
    assert folder_of("web-1.prod") == "stream=web-1.prod"
    assert Partition(DataSet.WINDOWS, date(2026, 3, 1), "stream=a%2Fb").stream == "a/b"


def test_what_else_lies_around_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "windows/day=2026-03-01/stream=a").mkdir(parents=True)
    (tmp_path / "windows/day=2026-03-02").mkdir()
    (tmp_path / "windows/day=nonsense/stream=a").mkdir(parents=True)
    (tmp_path / "windows/day=2026-03-02/stream=link").symlink_to("/etc")
    (tmp_path / "windows/day=2026-03-03").symlink_to(tmp_path / "windows/day=2026-03-01")
    found = partitions(tmp_path, DataSet.WINDOWS)
    assert [(p.day, p.folder) for p in found] == [(date(2026, 3, 1), "stream=a")]
    assert partitions(tmp_path, DataSet.WINDOWS, first=date(2026, 3, 2)) == []
