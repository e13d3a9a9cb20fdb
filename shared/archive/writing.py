"""Files appear in the archive whole or not at all, and the same batch is the same file.

A draft is written beside its place, flushed to the disk and renamed; drafts that a kill left behind are swept. What
may fail: OSError (a full disk), which leaves everything as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.archive.layout import DRAFT_PREFIX, Partition, partitions
from shared.archive.schema import KEYS, SCHEMAS, DataSet
from shared.telemetry import Refusal, count_refusal

_BATCH_ROWS: Final = 512  # of a file that is read or made; so much of it is in memory


def write_rows(root: Path, partition: Partition, name: str, rows: list[dict[str, Any]]) -> Path:
    """Write one file ``<name>.parquet``; one of that name is replaced."""
    return _write([_table_of(rows, partition.dataset)], SCHEMAS[partition.dataset], partition.path(root), name)


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


def _write(tables: Iterable[pa.Table], schema: pa.Schema, directory: Path, name: str) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft, path = directory / f"{DRAFT_PREFIX}{name}.parquet", directory / f"{name}.parquet"
    try:
        with draft.open("wb") as sink:
            with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(table)
            sink.flush()
            os.fsync(sink.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)  # on a full disk it would be in the way
        raise
    draft.replace(path)
    for parent in (directory, *list(directory.parents)[:3]):  # stream, day, data set, the archive
        _sync(parent)
    return path


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_table(paths: Iterable[Path], dataset: DataSet, only_flagged: bool = False) -> pa.Table:
    """The files as one table of the data set's columns; columns that an older file lacks are null.

    only_flagged  of the windows; the others never stand in memory together
    """
    tables = [SCHEMAS[dataset].empty_table()]
    for path in paths:
        for table in _batches(path, SCHEMAS[dataset]):
            tables.append(table.filter(pc.equal(table["state"], "flagged")) if only_flagged else table)
    return pa.concat_tables(tables)


def _batches(path: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    """The columns of ``schema``, a few rows at a time."""
    file = pq.ParquetFile(path)
    present = set(file.schema_arrow.names)
    for batch in file.iter_batches(_BATCH_ROWS, columns=[name for name in schema.names if name in present]):
        table = pa.Table.from_batches([batch])
        for field in schema:
            if field.name not in present:
                table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        yield table.select(schema.names).cast(schema)


def without_repeats(rows: Iterable[Mapping[str, Any]], dataset: DataSet) -> list[Mapping[str, Any]]:
    """Rows told apart by the data set's key; of equal ones the last."""
    known = {tuple(row[name] for name in KEYS[dataset]): row for row in rows}
    return list(known.values())


def compact(root: Path, partition: Partition) -> bool:
    """Make one file of a partition's many. A kill in between leaves rows twice, which readers do not mind."""
    paths = partition.files(root)
    if len(paths) < 2:
        return False
    schema = SCHEMAS[partition.dataset]
    name = f"{paths[0].stem.split('_', 1)[0]}_{paths[-1].stem.split('_', 1)[-1]}"
    made = _write(_kept(paths, partition.dataset), schema, partition.path(root), name)
    for path in paths:
        if path != made:
            path.unlink()
    return True


def _kept(paths: list[Path], dataset: DataSet) -> Iterator[pa.Table]:
    """The files' rows without repeats, in order. In memory: everybody's key, and a few rows."""
    is_kept = _is_last_of_its_key(paths, dataset)
    start = 0
    for path in paths:
        for table in _batches(path, SCHEMAS[dataset]):
            end = start + table.num_rows
            yield table.filter(pa.array(is_kept[start:end]))
            start = end


def _is_last_of_its_key(paths: list[Path], dataset: DataSet) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(rows of all files,)"""
    names = list(KEYS[dataset])
    schema = pa.schema([SCHEMAS[dataset].field(name) for name in names])
    keys = pa.concat_tables([schema.empty_table(), *(table for path in paths for table in _batches(path, schema))])
    rows = keys.append_column("row", pa.array(np.arange(keys.num_rows)))
    is_last = np.zeros(keys.num_rows, dtype=bool)
    is_last[rows.group_by(names).aggregate([("row", "max")])["row_max"].to_numpy()] = True
    return is_last


def drop_stream(root: Path, partition: Partition, stream: str) -> int:
    """Write a partition's files anew without one stream's rows; how many held some."""
    schema = SCHEMAS[partition.dataset]
    changed = 0
    for path in partition.files(root):
        streams = set(pq.read_table(path, columns=["stream"])["stream"].unique().to_pylist())
        if stream not in streams:
            continue
        if streams == {stream}:
            path.unlink()
        else:
            kept = (table.filter(pc.not_equal(table["stream"], stream)) for table in _batches(path, schema))
            _write(kept, schema, path.parent, path.stem)
        changed += 1
    return changed


def sweep_drafts(root: Path) -> int:
    """Remove what kills left half written; how many."""
    swept = 0
    for dataset in DataSet:
        for partition in partitions(root, dataset):
            for draft in partition.path(root).glob(f"{DRAFT_PREFIX}*"):
                draft.unlink(missing_ok=True)
                swept += 1
    return swept
