"""Files of the archive: whole or not there, made fewer without a day in memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from archive_builders import NOON_MS, a_row, normal_lines

from shared.archive import writing
from shared.archive.layout import Partition, day_of, folder_of
from shared.archive.schema import DataSet
from shared.archive.writing import compact, read_table, write_rows

DAY = Partition(DataSet.WINDOWS, day_of(NOON_MS), folder_of("web"))


def rows_of(first: int, count: int, **facts: Any) -> list[dict[str, Any]]:
    return [a_row(n, normal_lines(n), **facts) for n in range(first, first + count)]


def test_of_equal_rows_the_last_is_kept_and_the_order_stays(tmp_path: Path) -> None:
    write_rows(tmp_path, DAY, "1-0_1-9", rows_of(0, 700))
    write_rows(tmp_path, DAY, "2-0_2-9", [*rows_of(600, 200, score=0.3), *rows_of(799, 1, score=0.7)])
    assert compact(tmp_path, DAY)
    (path,) = DAY.files(tmp_path)
    assert path.name == "1-0_2-9.parquet"
    rows = read_table([path], DataSet.WINDOWS).to_pylist()
    assert [row["window_id"] for row in rows] == [f"web-{n}" for n in range(800)]
    scores = [round(row["score"], 2) for row in rows]
    assert scores == [0.1] * 600 + [0.3] * 199 + [0.7]
    assert [line["text"] for line in rows[650]["lines"]] == normal_lines(650)
    assert not compact(tmp_path, DAY)


def test_files_without_rows_become_one(tmp_path: Path) -> None:
    for name in ("1-0_1-9", "2-0_2-9"):
        write_rows(tmp_path, DAY, name, [])
    assert compact(tmp_path, DAY)
    assert [read_table([path], DataSet.WINDOWS).num_rows for path in DAY.files(tmp_path)] == [0]


def test_a_day_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    """As Python objects a line takes some 664 bytes: these 30,000 lines 20 MB."""
    for n in range(6):
        write_rows(tmp_path, DAY, f"{n}-0_{n}-9", rows_of(500 * n, 500))
    tracemalloc.start()
    try:
        assert compact(tmp_path, DAY)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
    (path,) = DAY.files(tmp_path)
    file = pq.ParquetFile(path)
    assert file.metadata.num_rows == 3000
    assert file.metadata.row_group(0).num_rows <= 512  # whoever reads it need not hold it either


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("1-0_1-9", "2-0_2-9"):
        write_rows(tmp_path, DAY, name, rows_of(0, 3))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        compact(tmp_path, DAY)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_way_to_a_file_is_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(writing, "_sync", synced.append)
    root = tmp_path / "archive"
    path = write_rows(root, DAY, "1-0_1-9", rows_of(0, 1))
    assert synced == [path.parent, *list(path.parents)[1:4]]
    assert synced[-1] == root
