"""The archiver's third use case: measure how far each stream has moved, and write it down; proposals only.

The windows of the last day are compared with those of the week before. Parquet is read by columns, a few windows at a
time, and only sums are kept; nothing is scored again. Of a stream with few windows little is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.archive.layout import SEQUENCES, Partition, day_of, folder_of, partitions
from shared.archive.reader import ArchiveReader, label
from shared.archive.schema import DataSet
from shared.core.drift import (
    FEWEST_FLAGS,
    FEWEST_WINDOWS,
    DriftBounds,
    Measures,
    past,
    score_psi,
    share_of,
)
from shared.store.drift import Drifts, StreamDrift

DAY_MS: Final = 86_400_000
DAYS_BEFORE: Final = 7
MOST_SAMPLED_LINES: Final = 500  # whose tokens are counted
_COLUMNS: Final = ["stream", "scored_ms", "state", "strangeness", "lines.list.element.template"]
_JUDGED: Final = pa.array(["normal", "flagged"])
_BATCH_ROWS: Final = 1_000
CountTokens = Callable[[Sequence[str]], tuple[int, int]]  # lines -> tokens that are single bytes, all tokens


@dataclass(slots=True)
class _Seen:
    """Of one stream in one span of time.

    judged  how strange windows were found that a baseline had judged     lines  template -> lines of it
    """

    windows: int = 0
    flags: int = 0
    judged: list[float] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)

    def add(self, windows: pa.RecordBatch) -> None:
        self.windows += len(windows)
        self.flags += windows["state"].to_pylist().count("flagged")
        self.judged += windows.filter(pc.is_in(windows["state"], _JUDGED))["strangeness"].to_pylist()
        templates = pc.struct_field(pc.list_flatten(windows["lines"]), "template")
        for counted in pc.value_counts(templates).to_pylist():
            self.lines[counted["values"]] += counted["counts"]


def measure_drift(
    root: Path, drifts: Drifts, bounds: DriftBounds, now_ms: int, count_tokens: CountTokens | None = None
) -> list[StreamDrift]:
    """Of every stream with windows in the last day."""
    found = [
        StreamDrift(stream, now_ms, measures, past(measures, bounds))
        for stream, measures in _streams(root, now_ms, count_tokens)
    ]
    drifts.write(found, now_ms)
    return found


def _streams(root: Path, now_ms: int, count_tokens: CountTokens | None) -> Iterator[tuple[str, Measures]]:
    first, last = day_of(now_ms - DAY_MS), day_of(now_ms)
    folders = {p.folder for p in partitions(root, DataSet.WINDOWS, first, last)} - {folder_of(SEQUENCES)}
    for folder in sorted(folders):
        late = _seen(root, folder, now_ms - DAY_MS, now_ms)
        before = _seen(root, folder, now_ms - (DAYS_BEFORE + 1) * DAY_MS, now_ms - DAY_MS - 1) if late else {}
        for stream, seen in late.items():  # long names may share a directory
            false_positives = _false_positives(root, stream, now_ms)
            yield stream, _measures(seen, before.get(stream, _Seen()), false_positives, count_tokens)


def _measures(
    late: _Seen, before: _Seen, false_positives: float | None, count_tokens: CountTokens | None
) -> Measures:
    if late.windows < FEWEST_WINDOWS:
        return Measures(late.windows, late.flags, false_positives=false_positives)
    return Measures(
        late.windows,
        late.flags,
        score_psi(late.judged, before.judged),
        _new_share(late.lines, before.lines) if before.windows >= FEWEST_WINDOWS else None,
        _unknown_share(list(late.lines), count_tokens),
        false_positives,
    )


def _new_share(lines: Counter[str], known: Counter[str]) -> float | None:
    return share_of(sum(count for template, count in lines.items() if template not in known), lines.total(), 1)


def _unknown_share(templates: Sequence[str], count_tokens: CountTokens | None) -> float | None:
    if count_tokens is None:
        return None
    unknown, tokens = count_tokens(templates[:MOST_SAMPLED_LINES])
    return share_of(unknown, tokens, 1)


def _false_positives(root: Path, stream: str, now_ms: int) -> float | None:
    """Of the flags of the last day that people judged."""
    reader = ArchiveReader(root, [stream])
    said = [f for f in reader.feedback() if not f.undone_ms]
    if not said:
        return None
    flagged = reader.windows(day_of(now_ms - DAY_MS), day_of(now_ms), only_flagged=True)
    judged = [label(w, said).is_anomaly for w in flagged if w.scored_ms >= now_ms - DAY_MS]
    told = [is_anomaly for is_anomaly in judged if is_anomaly is not None]
    return share_of(told.count(False), len(told), FEWEST_FLAGS)


def _seen(root: Path, folder: str, first_ms: int, last_ms: int) -> dict[str, _Seen]:
    """Each stream's windows scored from ``first_ms`` to ``last_ms``, both included."""
    first, last = day_of(first_ms), day_of(last_ms)
    found: dict[str, _Seen] = {}
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        for path in Partition(DataSet.WINDOWS, day, folder).files(root):
            for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS, columns=_COLUMNS):
                at_ms = batch["scored_ms"]
                windows = batch.filter(pc.and_(pc.greater_equal(at_ms, first_ms), pc.less_equal(at_ms, last_ms)))
                for stream in pc.unique(windows["stream"]).to_pylist():
                    own = windows.filter(pc.equal(windows["stream"], stream))
                    found.setdefault(stream, _Seen()).add(own)
    return found
