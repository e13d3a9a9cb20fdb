"""Files appear in the archive whole or not at all, and the same batch is the same file.

A draft is written beside its place, flushed to the disk and renamed; drafts that a kill left behind are swept. What
may fail: OSError (a full disk), which leaves everything as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from shared.archive.layout import DRAFT_PREFIX, Partition, partitions
from shared.archive.schema import KEYS, SCHEMAS, DataSet
from shared.telemetry import Refusal, count_refusal


def write_rows(root: Path, partition: Partition, name: str, rows: list[dict[str, Any]]) -> Path:
    """Write one file ``<name>.parquet``; one of that name is replaced."""
    return _write(_table_of(rows, partition.dataset), partition.path(root), name)


def _table_of(rows: list[dict[str, Any]], dataset: DataSet) -> pa.Table:
    """The rows; those that fit no column (damaged in Redis) are left out and counted, not to block the rest."""
    schema = SCHEMAS[dataset]
    try:
        return pa.Table.from_pylist(rows, schema=schema)
    except (pa.ArrowException, UnicodeError, OverflowError):
        if len(rows) == 1:
            count_refusal("archiver", Refusal.INTERNAL)
            return schema.empty_table()
    half = len(rows) // 2
    return pa.concat_tables([_table_of(rows[:half], dataset), _table_of(rows[half:], dataset)])


def _write(table: pa.Table, directory: Path, name: str) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft, path = directory / f"{DRAFT_PREFIX}{name}.parquet", directory / f"{name}.parquet"
    with draft.open("wb") as sink:
        pq.write_table(table, sink, compression="zstd")
        sink.flush()
        os.fsync(sink.fileno())
    draft.replace(path)
    for parent in (directory, directory.parent, directory.parent.parent):
        _sync(parent)
    return path


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_table(paths: Iterable[Path], dataset: DataSet) -> pa.Table:
    """The files as one table of the data set's columns; columns that an older file lacks are null."""
    schema = SCHEMAS[dataset]
    tables = []
    for path in paths:
        table = pq.ParquetFile(path).read()
        for field in schema:
            if field.name not in table.column_names:
                table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        tables.append(table.select(schema.names).cast(schema))
    return pa.concat_tables(tables) if tables else schema.empty_table()


def without_repeats(rows: Iterable[Mapping[str, Any]], dataset: DataSet) -> list[Mapping[str, Any]]:
    """Rows told apart by the data set's key; of equal ones the last."""
    known = {tuple(row[name] for name in KEYS[dataset]): row for row in rows}
    return list(known.values())


def compact(root: Path, partition: Partition) -> bool:
    """Make one file of a partition's many. A kill in between leaves rows twice, which readers do not mind."""
    paths = partition.files(root)
    if len(paths) < 2:
        return False
    rows = without_repeats(read_table(paths, partition.dataset).to_pylist(), partition.dataset)
    name = f"{paths[0].stem.split('_', 1)[0]}_{paths[-1].stem.split('_', 1)[-1]}"
    made = write_rows(root, partition, name, [dict(row) for row in rows])
    for path in paths:
        if path != made:
            path.unlink()
    return True


def sweep_drafts(root: Path) -> int:
    """Remove what kills left half written; how many."""
    swept = 0
    for dataset in DataSet:
        for partition in partitions(root, dataset):
            for draft in partition.path(root).glob(f"{DRAFT_PREFIX}*"):
                draft.unlink(missing_ok=True)
                swept += 1
    return swept
