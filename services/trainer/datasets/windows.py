"""Cuts training windows out of streams, corrupts some of them, and pads them into batches of numbers.

A batch holds a few streams and, of each, normal windows (some harmlessly varied) and strange ones, all cut to the
same length first. Strange is what was corrupted here or, in a simulated system, what a fault of its own wrote.
Lengths follow what is met when serving: mostly 6 to 20 events, a third more than that, up to 256.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.trainer.datasets.corruptions import Numbers, Surroundings, corrupt, vary
from services.trainer.datasets.streams import BoolArray, Draft, FloatArray, IntArray, Stream
from shared.core.side_channel import NO_TIME, SIDE_DIM, WindowContext, window_features

EVENTS_PER_BATCH = 700
WINDOWS_PER_STREAM = 6
LONGEST = 256
_OWN_FAULTS = 0.5  # of the strange windows, where the stream has faults of its own


@dataclass(frozen=True, slots=True)
class Batch:
    """W windows padded to L events.

    kind (W, L) template numbers, 0 on padding   side (W, L, SIDE_DIM)   is_real (W, L)
    wrong (W, L) events out of place   is_strange (W,) any of them   stream (W,) which stream a window is of
    """

    kind: IntArray
    side: FloatArray
    is_real: BoolArray
    wrong: BoolArray
    is_strange: BoolArray
    stream: IntArray


def draw_batch(numbers: Numbers, streams: Sequence[Stream], failures: Draft) -> Batch:
    """One training batch: of each stream half the windows normal, half corrupted."""
    length = _draw_length(numbers)
    count = max(2, EVENTS_PER_BATCH // (length * WINDOWS_PER_STREAM))
    chosen = numbers.choice(len(streams), size=min(count, len(streams)), replace=False)
    drafts: list[Draft] = []
    owners: list[int] = []
    for owner, index in enumerate(chosen):
        own, foreign = streams[index], streams[int(numbers.integers(len(streams)))]
        around = Surroundings(own, foreign if foreign is not own else streams[index - 1], failures)
        for turn in range(WINDOWS_PER_STREAM):
            if turn % 2:
                drafts.append(_strange(numbers, own, length, around))
            else:
                window = cut_window(numbers, own, length)
                drafts.append(vary(numbers, window, around) if turn == 0 else window)
            owners.append(owner)
    return pad(drafts, owners)


def _strange(numbers: Numbers, own: Stream, length: int, around: Surroundings) -> Draft:
    if own.faults is None or numbers.random() >= _OWN_FAULTS:
        return corrupt(numbers, cut_window(numbers, own, length), around)
    broken = np.flatnonzero(own.faults.wrong)
    at = int(broken[numbers.integers(len(broken))]) - int(numbers.integers(length))
    start = min(max(at, 0), max(len(own.faults) - length, 0))
    return own.faults.take(slice(start, start + length))


def cut_window(numbers: Numbers, stream: Stream, length: int) -> Draft:
    """A run of about ``length`` normal events: a whole session now and then, where the stream has sessions."""
    if stream.sessions and length <= 20 and numbers.random() < 0.25:
        rows = stream.sessions[int(numbers.integers(len(stream.sessions)))]
        return stream.events.take(rows[:LONGEST])
    start = int(numbers.integers(0, max(1, len(stream.events) - length)))
    return stream.events.take(slice(start, start + length))


def pad(drafts: Sequence[Draft], owners: Sequence[int] | None = None) -> Batch:
    """Windows of different lengths as one batch; those beyond LONGEST events are cut."""
    drafts = [draft.take(slice(0, LONGEST)) for draft in drafts]
    lengths = np.array([len(draft) for draft in drafts])
    is_real = np.arange(int(lengths.max())) < lengths[:, None]
    joined = Draft.join(drafts)
    times, kind, source = (np.full(is_real.shape, fill, dtype=np.int64) for fill in (NO_TIME, 0, 0))
    times[is_real], kind[is_real], source[is_real] = joined.times_ms, joined.kind, joined.source
    own = joined.features.shape[1]
    side = np.zeros((*is_real.shape, SIDE_DIM), dtype=np.float32)
    side[is_real, :own] = joined.features
    side[..., own:] = window_features(WindowContext(times, kind, source, is_real))
    wrong = np.zeros(is_real.shape, dtype=bool)
    wrong[is_real] = joined.wrong
    stream = np.zeros(len(drafts), dtype=np.int64) if owners is None else np.asarray(owners, dtype=np.int64)
    is_strange: BoolArray = np.asarray(wrong.any(axis=1))
    return Batch(kind, side, is_real, wrong, is_strange, stream)


def _draw_length(numbers: Numbers) -> int:
    choice = numbers.random()
    if choice < 0.4:
        return 10 if choice < 0.3 else 20
    if choice < 0.72:
        return int(numbers.integers(5, 31))
    if choice < 0.95:
        return 100 if choice < 0.8 else int(numbers.integers(31, 129))
    return int(numbers.integers(129, LONGEST + 1))
