"""The archiver's use cases: write what waits, keep the archive within its bounds.

A batch is written file by file and dropped from its outbox last. Killed anywhere in between, the next run reads the
same batch, whose end was noted first, and writes the same files over the old ones: nothing is lost, nothing stands
twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import structlog

from services.archiver.rows import Row, rows_of
from shared.archive.layout import Partition, changing, day_of, folder_of, partitions
from shared.archive.retention import prune
from shared.archive.schema import DataSet
from shared.archive.writing import compact, sweep_drafts, write_rows
from shared.store.outbox import OUTBOXES, OutboxBatch, Outboxes
from shared.telemetry import Refusal, count_refusal

log = structlog.get_logger()
# Labels do not wait; the rest becomes fewer, larger files.
AT_ONCE = "feedback"
_TIME = {
    DataSet.WINDOWS: "scored_ms",
    DataSet.LABELLED: "scored_ms",
    DataSet.ANALYSES: "at_ms",
    DataSet.FEEDBACK: "at_ms",
}


class ArchiveDue:
    """One archiver of one archive.

    write_every_s  a window or analysis waits no longer     batch_bytes  nor when so much waits
    """

    def __init__(
        self,
        outboxes: Outboxes,
        root: Path,
        now_ms: Callable[[], int],
        write_every_s: float,
        batch_bytes: int,
    ) -> None:
        self._outboxes, self._root, self._now_ms = outboxes, root, now_ms
        self._write_every_ms, self._batch_bytes = int(write_every_s * 1000), batch_bytes

    def __call__(self, is_last: bool = False) -> int:
        """Write every batch that is due (``is_last``: whatever waits); how many entries were written."""
        self._outboxes.want()
        written = 0
        for outbox in OUTBOXES:
            while self._is_due(outbox, is_last):
                batch = self._outboxes.read(outbox, self._batch_bytes)
                if batch is None:
                    break
                self.write(batch)
                self._outboxes.drop(batch)
                written += len(batch.entries)
        return written

    def write(self, batch: OutboxBatch) -> None:
        """Every row into its file. Raises OSError; then the batch comes again."""
        parts: dict[Partition, list[Row]] = {}
        for entry in batch.entries:
            for dataset, row in rows_of(entry):
                partition = Partition(dataset, day_of(row[_TIME[dataset]]), folder_of(row["stream"]))
                parts.setdefault(partition, []).append(row)
        with changing(self._root):
            for partition, rows in parts.items():
                write_rows(self._root, partition, f"{batch.first_id}_{batch.last_id}", rows)

    def tidy(self, today: date, keep_days: int, keep_bytes: int) -> None:
        """Sweep drafts, remove what is too old or too much, make one file a day of a stream's many."""
        with changing(self._root):
            sweep_drafts(self._root)
        gone = prune(self._root, today, keep_days, keep_bytes)
        if gone:
            log.info("archive_pruned", partitions=len(gone), size_bytes=sum(entry.size_bytes for entry in gone))
        for dataset in DataSet:
            for partition in partitions(self._root, dataset):
                if partition.day < today:
                    self._compact(partition)

    def _compact(self, partition: Partition) -> None:
        """A damaged file, or a full disk, leaves one day of a stream as it was, and hinders no other."""
        try:
            with changing(self._root):
                compact(self._root, partition)
        except (OSError, pa.ArrowException) as error:
            where = {"dataset": partition.dataset.value, "day": partition.day.isoformat()}
            log.error("archive_not_compacted", error=type(error).__name__, **where)
            count_refusal("archiver", Refusal.INTERNAL)

    def _is_due(self, outbox: str, is_last: bool) -> bool:
        oldest_ms = self._outboxes.oldest_ms(outbox)
        if oldest_ms is None:
            return False
        if is_last or outbox == AT_ONCE or self._now_ms() - oldest_ms >= self._write_every_ms:
            return True
        return outbox == "windows" and self._outboxes.waiting_bytes() >= self._batch_bytes
