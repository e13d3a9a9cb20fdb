"""What leaves the archive: old days, what is over the allowed size, and whole streams on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from shared.archive.layout import SEQUENCES, Partition, changing, folder_of, partitions, remove_partition
from shared.archive.schema import PERISHABLE, DataSet
from shared.archive.writing import drop_stream


@dataclass(frozen=True, slots=True)
class StoredPartition:
    """A partition and what it holds on disk."""

    partition: Partition
    files: int
    size_bytes: int


def stored(root: Path) -> list[StoredPartition]:
    """Everything, the oldest first."""
    found = []
    for dataset in DataSet:
        for partition in partitions(root, dataset):
            files = partition.files(root)
            found.append(StoredPartition(partition, len(files), sum(path.stat().st_size for path in files)))
    return sorted(found, key=lambda s: (s.partition.day, s.partition.dataset, s.partition.folder))


def prune(root: Path, today: date, keep_days: int, keep_bytes: int) -> list[StoredPartition]:
    """Remove windows and analyses older than ``keep_days``, then the oldest until ``keep_bytes`` hold the rest.

    Labels, and the windows they are about, stay. Returns what went.
    """
    with changing(root):
        perishable = [s for s in stored(root) if s.partition.dataset in PERISHABLE]
        first_kept = today - timedelta(days=keep_days)
        size = sum(s.size_bytes for s in perishable)
        gone = []
        for entry in perishable:
            if entry.partition.day < first_kept or size > keep_bytes:
                remove_partition(root, entry.partition)
                size -= entry.size_bytes
                gone.append(entry)
    return gone


def delete_stream(root: Path, stream: str) -> list[StoredPartition]:
    """Remove everything of a stream, labels too. Returns what went.

    ``SEQUENCES`` is every self-contained sequence. A single one goes without the labels, which name no single one.
    """
    with changing(root):
        found = [s for s in stored(root) if s.partition.folder == folder_of(stream)]
        if stream.startswith(SEQUENCES) and stream != SEQUENCES:
            return [gone for entry in found if (gone := _without(root, entry, stream)).files]
        for entry in found:
            remove_partition(root, entry.partition)
    return found


def _without(root: Path, entry: StoredPartition, stream: str) -> StoredPartition:
    """One of several streams that share a directory goes; files and bytes that it cost."""
    changed = drop_stream(root, entry.partition, stream)
    left = entry.partition.files(root)
    if not left:
        remove_partition(root, entry.partition)
    return StoredPartition(entry.partition, changed, entry.size_bytes - sum(path.stat().st_size for path in left))
