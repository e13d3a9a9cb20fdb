"""The archiver's third use case: measure how far each stream has moved, and write it down; proposals only.

The windows of the last day are compared with those of the week before. Parquet is read by columns, one stream at a
time; nothing is scored again. Of a stream with few windows little is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.archive.layout import SEQUENCES, Partition, day_of, folder_of, partitions
from shared.archive.reader import ArchiveReader, label
from shared.archive.schema import WINDOWS, DataSet
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
_COLUMNS: Final = ["stream", "scored_ms", "state", "strangeness", "lines"]
CountTokens = Callable[[Sequence[str]], tuple[int, int]]  # lines -> tokens that are single bytes, all tokens


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
        late = _table(root, folder, first, last)
        late = late.filter(pc.greater_equal(late["scored_ms"], now_ms - DAY_MS))
        for stream in pc.unique(late["stream"]).to_pylist():  # long names may share a directory
            own = late.filter(pc.equal(late["stream"], stream))
            yield stream, _measures(root, folder, stream, own, now_ms, count_tokens)


def _measures(
    root: Path, folder: str, stream: str, late: pa.Table, now_ms: int, count_tokens: CountTokens | None
) -> Measures:
    flags = Counter(late["state"].to_pylist())["flagged"]
    if len(late) < FEWEST_WINDOWS:
        return Measures(len(late), flags, false_positives=_false_positives(root, stream, now_ms))
    before = _before(root, folder, stream, now_ms)
    templates = _templates(late)
    return Measures(
        len(late),
        flags,
        score_psi(_judged(late), _judged(before)),
        _new_share(templates, pc.unique(_templates(before))) if len(before) >= FEWEST_WINDOWS else None,
        _unknown_share(templates, count_tokens),
        _false_positives(root, stream, now_ms),
    )


def _judged(windows: pa.Table) -> list[float]:
    """How strange windows were found that a baseline had judged."""
    judged = windows.filter(pc.is_in(windows["state"], pa.array(["normal", "flagged"])))
    found: list[float] = judged["strangeness"].to_pylist()
    return found


def _templates(windows: pa.Table) -> Any:
    return pc.struct_field(pc.list_flatten(windows["lines"]), "template")


def _new_share(templates: Any, known: Any) -> float:
    is_known = pc.is_in(templates, value_set=known)
    return 1.0 - float(pc.mean(pc.cast(is_known, pa.float64())).as_py())


def _before(root: Path, folder: str, stream: str, now_ms: int) -> pa.Table:
    """The stream's windows of the week before the last day."""
    days = _table(root, folder, day_of(now_ms - (DAYS_BEFORE + 1) * DAY_MS), day_of(now_ms - DAY_MS))
    return days.filter(pc.and_(pc.equal(days["stream"], stream), pc.less(days["scored_ms"], now_ms - DAY_MS)))


def _unknown_share(templates: Any, count_tokens: CountTokens | None) -> float | None:
    if count_tokens is None:
        return None
    unknown, tokens = count_tokens(pc.unique(templates).to_pylist()[:MOST_SAMPLED_LINES])
    return share_of(unknown, tokens, 1)


def _false_positives(root: Path, stream: str, now_ms: int) -> float | None:
    """Of the flags of the last day that people judged."""
    reader = ArchiveReader(root, [stream])
    said = [f for f in reader.feedback() if not f.undone_ms]
    if not said:
        return None
    flagged = (w for w in reader.windows(day_of(now_ms - DAY_MS), day_of(now_ms)) if w.is_flagged)
    judged = [label(w, said).is_anomaly for w in flagged if w.scored_ms >= now_ms - DAY_MS]
    told = [is_anomaly for is_anomaly in judged if is_anomaly is not None]
    return share_of(told.count(False), len(told), FEWEST_FLAGS)


def _table(root: Path, folder: str, first: date, last: date) -> pa.Table:
    days = ((first + timedelta(days=n)) for n in range((last - first).days + 1))
    files = [f for day in days for f in Partition(DataSet.WINDOWS, day, folder).files(root)]
    return _joined(pq.read_table(file, columns=_COLUMNS, partitioning=None) for file in files)


def _joined(tables: Iterable[pa.Table]) -> pa.Table:
    found = list(tables)
    if not found:
        return pa.schema([WINDOWS.field(name) for name in _COLUMNS]).empty_table()
    return pa.concat_tables(found)
