"""The frozen data of one retraining: which archived windows teach, which judge, which are left out.

In: the archive, a span of time, the guards' bounds. Out: FrozenData, per stream and in order, under one digest of
exactly what is used. False positives are excused, and normal windows to networks that are tuned; confirmed and missed
anomalies are held back and never trained on; flags that nobody labelled are left out. ``require_unchanged`` reads the
archive again: a stream that was deleted meanwhile must not live on in a model. Raises ArchiveChanged, and what
ArchiveReader raises.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec

from loglynx.failures import CommandFailed
from loglynx.retraining import guards
from shared.archive.layout import day_of
from shared.archive.reader import ArchivedWindow, ArchiveReader, LabelledWindow
from shared.core.records import VerdictState
from shared.store.keyspace import SEQUENCE_PREFIX

MOST_STREAMS: Final = 64
DAY_MS: Final = 86_400_000


class Use(StrEnum):
    """What a window is used for; everything but the first two is left out of training."""

    NORMAL = "normal"
    FALSE_POSITIVE = "false_positive"  # said to be normal: excused
    HELD = "held"  # said to be an anomaly: judges the candidate
    UNLABELLED_FLAG = "unlabelled_flag"
    OVER_QUOTA = "over_quota"
    LIKE_CONFIRMED = "like_confirmed"
    TROUBLED = "troubled"
    OUTLIER = "outlier"


TEACHES: Final = frozenset({Use.NORMAL, Use.FALSE_POSITIVE})


@dataclass(frozen=True, slots=True)
class Span:
    """Windows scored in [since_ms, until_ms), as people had spoken by its end."""

    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """key_share  a key's false positives may be at most this share of a stream's unlabelled normal windows

    most_windows  of a stream, the latest; labelled ones beside them    fewest_windows  else it is left as it is
    """

    key_share: float = 0.1
    most_windows: int = 2_000
    fewest_windows: int = 200


@dataclass(frozen=True, slots=True)
class UsedWindow:
    labelled: LabelledWindow
    use: Use

    @property
    def window(self) -> ArchivedWindow:
        return self.labelled.window


@dataclass(frozen=True, slots=True)
class FrozenData:
    """``streams``: name -> its windows in order; ``refused``: name -> why it does not teach."""

    span: Span
    streams: Mapping[str, tuple[UsedWindow, ...]]
    refused: Mapping[str, str]
    digest: str
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def days(self) -> float:
        """From the first window used to the last: a young archive covers less than its span asks for."""
        scored_ms = [row.window.scored_ms for rows in self.streams.values() for row in rows]
        return (max(scored_ms) - min(scored_ms)) / DAY_MS if scored_ms else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "since_ms": self.span.since_ms,
            "until_ms": self.span.until_ms,
            "data_sha256": self.digest,
            "streams": len(self.streams),
            "refused": dict(self.refused),
            "windows": dict(self.counts),
        }


class ArchiveChanged(CommandFailed):
    """The archive no longer gives the data that was frozen."""


def freeze(root: Path, span: Span, streams: frozenset[str] | None, bounds: Bounds) -> FrozenData:
    """Read, choose, and put a digest to it; the same archive gives the same digest."""
    found: dict[str, _Stream] = {}
    reader = ArchiveReader(root, streams)
    for row in reader.labelled(day_of(span.since_ms), day_of(span.until_ms), span.until_ms):
        window = row.window
        is_in_time = span.since_ms <= window.scored_ms < span.until_ms
        if is_in_time and not window.stream.startswith(SEQUENCE_PREFIX) and window.state != VerdictState.FAILED:
            found.setdefault(window.stream, _Stream(bounds.most_windows)).take(row)
    most = sorted(found, key=lambda name: (-len(found[name].excused), -len(found[name].plain), name))
    used: dict[str, tuple[UsedWindow, ...]] = {}
    refused: dict[str, str] = {}
    for name in sorted(most):
        if name in most[MOST_STREAMS:]:
            refused[name] = f"there are more than {MOST_STREAMS} streams, and others have more feedback"
            continue
        used[name] = found[name].used(bounds)
        if why := _why_not(used[name], bounds):
            refused[name] = why
    counts = Counter(row.use.value for rows in used.values() for row in rows)
    return FrozenData(span, used, refused, _digest(used, refused), dict(counts))


def require_unchanged(root: Path, data: FrozenData, streams: frozenset[str] | None, bounds: Bounds) -> None:
    """Raises ArchiveChanged when the archive gives other data for the same span than it gave."""
    if freeze(root, data.span, streams, bounds).digest != data.digest:
        raise ArchiveChanged(
            "the archive has changed since its data was frozen: nothing is published", "run it again"
        )


class _Stream:
    """One stream while it is read: the latest windows of each kind, so that no kind crowds out another."""

    def __init__(self, most: int) -> None:
        self.plain: deque[LabelledWindow] = deque(maxlen=most)
        self.excused: deque[LabelledWindow] = deque(maxlen=most)  # false positives
        self.held: deque[LabelledWindow] = deque(maxlen=most)  # anomalies

    def take(self, row: LabelledWindow) -> None:
        kind = self.plain if row.is_anomaly is None else self.held if row.is_anomaly else self.excused
        kind.append(row)

    def used(self, bounds: Bounds) -> tuple[UsedWindow, ...]:
        unflagged = [row.window for row in self.plain if not row.window.is_flagged]
        telling = guards.telling_templates(self.held, unflagged)
        quota = int(bounds.key_share * len(unflagged))
        admitted = guards.within_quota([row for row in self.excused if not guards.shares(row.window, telling)], quota)
        rows = [UsedWindow(row, _use(row, telling, admitted)) for row in (*self.plain, *self.excused, *self.held)]
        return tuple(sorted(rows, key=lambda used: (used.window.first_seq, used.window.scored_ms)))


def _use(row: LabelledWindow, telling: frozenset[str], admitted: set[str]) -> Use:
    window = row.window
    if row.is_anomaly:
        return Use.HELD
    if row.is_anomaly is None and window.is_flagged:
        return Use.UNLABELLED_FLAG
    if guards.shares(window, telling):
        return Use.LIKE_CONFIRMED
    if row.is_anomaly is False:
        return Use.FALSE_POSITIVE if window.window_id in admitted else Use.OVER_QUOTA
    if guards.is_troubled(window):
        return Use.TROUBLED
    return Use.OUTLIER if guards.is_outlier(window) else Use.NORMAL


def _why_not(rows: Iterable[UsedWindow], bounds: Bounds) -> str:
    """Why a stream does not teach; "" when it does."""
    count = Counter(row.use for row in rows)
    strange = count[Use.TROUBLED] + count[Use.LIKE_CONFIRMED] + count[Use.OUTLIER]
    if strange > guards.MOST_TROUBLED * (count[Use.NORMAL] + strange):
        return f"{strange} of its unflagged windows tell of trouble: that is no normal life to learn from"
    if count[Use.NORMAL] < bounds.fewest_windows:
        return f"{count[Use.NORMAL]} normal windows are too few, {bounds.fewest_windows} are needed"
    return ""


def _digest(used: Mapping[str, Iterable[UsedWindow]], refused: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(used):
        digest.update(msgspec.json.encode([name, name in refused]) + b"\n")
        for row in used[name]:
            window, said = row.window, row.labelled.feedback
            about = (window.window_id, row.use, said.feedback_id if said else "", said.key_id if said else "")
            lines = [(line.seq, line.text, line.level, line.source, line.time_ms) for line in window.lines]
            digest.update(msgspec.json.encode([about, lines]) + b"\n")
    return digest.hexdigest()
