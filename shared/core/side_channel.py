"""What masking would lose, as numbers beside each line vector: level, sizes, pauses, repetition.

Two halves, because one is known per event and the other only within a window:
``event_features(events)`` → (n, EVENT_DIM) depends on one event alone, so a stream computes it once per event;
``window_features(...)`` → (W, L, WINDOW_DIM) depends on the window alone, never on what came before it, so that a
window's score is the same whoever cuts it. ``side_features`` joins both for a single window. All float32, most in
[0, 1]. Never raises on odd values: not-a-number and infinity count as absent.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.core.attributes import ATTRIBUTE_SLOTS
from shared.core.evidence import VALUE_SLOTS, WordArray
from shared.core.normalising import numbers_in
from shared.core.records import Event, Level

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

VERSION = 1
NO_TIME = np.iinfo(np.int64).min  # stands for "this event has no timestamp"
EVENT_NAMES = (
    *(f"level_{level.name.lower()}" for level in Level),
    "level_none",
    "extra_lines",  # log1p(lines - 1) / 5
    "number_count",  # log1p / 3
    "number_largest",  # log1p(|x|) / 20
    "number_mean",  # mean log1p(|x|) / 20
    "status_2xx",
    "status_3xx",
    "status_4xx",
    "status_5xx",
    "length",  # log1p(characters) / 7
)
WINDOW_NAMES = (
    "gap",  # log1p(ms since the event before) / 16
    "gap_known",
    "gap_against_usual",  # log(gap / the window's median gap) / 8, clipped to [-1, 1]
    "repeats_previous",
    "first_of_its_kind",  # no equal event before it in the window
    "share_of_window",  # equal events / events
    "same_source",  # as the event before
)
SIDE_NAMES = EVENT_NAMES + WINDOW_NAMES
EVENT_DIM = len(EVENT_NAMES)
WINDOW_DIM = len(WINDOW_NAMES)
SIDE_DIM = len(SIDE_NAMES)

_LEVELS = len(Level)
_AFTER_LEVEL = _LEVELS + 1
_STATUS_WORD = re.compile(r"HTTP/\d|\bstatus|\bcode\b|状态", re.IGNORECASE)


def numbers_of(events: Sequence[Event]) -> list[list[float]]:
    """The quantities of each message: read once, for ``event_features`` and ``quantities`` alike."""
    return [numbers_in(event.message) for event in events]


def event_features(events: Sequence[Event], numbers: Sequence[Sequence[float]] | None = None) -> FloatArray:
    """(n, EVENT_DIM): what each event says on its own; see EVENT_NAMES. ``numbers`` saves reading them again."""
    numbers = numbers_of(events) if numbers is None else numbers
    features = np.zeros((len(events), EVENT_DIM), dtype=np.float32)
    levels = [_LEVELS if event.level is None else int(event.level) for event in events]
    features[np.arange(len(events)), levels] = 1.0
    measured = [measure(event.message, event.line_count, found) for event, found in zip(events, numbers, strict=True)]
    if measured:
        features[:, _AFTER_LEVEL:] = measured
    return features


def measure(message: str, line_count: int, numbers: Sequence[float]) -> tuple[float, ...]:
    """The features after the level one-hot, of one message of ``line_count`` lines with these quantities."""
    length = math.log1p(len(message)) / 7.0
    extra_lines = math.log1p(line_count - 1) / 5.0 if line_count > 1 else 0.0
    sizes = [abs(x) for x in numbers if math.isfinite(x)]
    if not sizes:
        return (extra_lines, 0.0, 0.0, 0.0, *_NO_STATUS, length)
    logs = [math.log1p(x) for x in sizes]
    return (
        extra_lines,
        math.log1p(len(sizes)) / 3.0,
        min(max(logs) / 20.0, 2.0),
        min(sum(logs) / len(logs) / 20.0, 2.0),
        *_status(message, sizes),
        length,
    )


_NO_STATUS = (0.0, 0.0, 0.0, 0.0)


def _status(message: str, sizes: Sequence[float]) -> tuple[float, ...]:
    """One-hot class of the first number that could be a status, where the words say that one is meant."""
    code = next((int(x) for x in sizes if 200 <= x < 600 and x == int(x)), 0)
    if not code:
        return _NO_STATUS
    plain = message.casefold()  # the search is slow, and most lines have none of what it looks for
    if not ("code" in plain or "status" in plain or "http/" in plain or "状态" in plain):
        return _NO_STATUS
    if not _STATUS_WORD.search(message):
        return _NO_STATUS
    at = code // 100 - 2
    return (*_NO_STATUS[:at], 1.0, *_NO_STATUS[at + 1 :])


@dataclass(frozen=True, slots=True)
class WindowContext:
    """W windows of up to L events, padded. Everything here is compared for equality or subtracted, never looked up.

    times_ms (W, L) NO_TIME where unknown   kind (W, L) equal numbers mean equal templates
    source (W, L) equal numbers mean equal sources   is_real (W, L) False on padding
    """

    times_ms: IntArray
    kind: IntArray
    source: IntArray
    is_real: BoolArray


def window_features(context: WindowContext) -> FloatArray:
    """(W, L, WINDOW_DIM): how each event stands among its window's; see WINDOW_NAMES. Padding is all zero."""
    real = context.is_real
    width = real.shape[1]
    out = np.zeros((*real.shape, WINDOW_DIM), dtype=np.float32)
    follows = np.zeros_like(real)
    follows[:, 1:] = real[:, 1:] & real[:, :-1]

    timed = real & (context.times_ms != NO_TIME)
    has_gap = np.zeros_like(real)
    has_gap[:, 1:] = timed[:, 1:] & timed[:, :-1]
    gap = np.zeros(real.shape)
    gap[:, 1:] = np.where(has_gap[:, 1:], np.diff(np.where(timed, context.times_ms, 0), axis=1), 0)
    log_gap = np.log1p(np.clip(gap, 0.0, None))
    out[..., 0] = np.minimum(log_gap / 16.0, 2.0)
    out[..., 1] = has_gap
    out[..., 2] = np.where(has_gap, np.clip((log_gap - _median(log_gap, has_gap)) / 8.0, -1.0, 1.0), 0.0)

    out[:, 1:, 3] = follows[:, 1:] & (context.kind[:, 1:] == context.kind[:, :-1])
    equal = (context.kind[:, :, None] == context.kind[:, None, :]) & real[:, None, :] & real[:, :, None]  # (W, L, L)
    earlier = np.tril(np.ones((width, width), dtype=bool), -1)
    out[..., 4] = real & ~(equal & earlier).any(axis=2)
    out[..., 5] = equal.sum(axis=2) / np.maximum(real.sum(axis=1, keepdims=True), 1)
    out[:, 1:, 6] = follows[:, 1:] & (context.source[:, 1:] == context.source[:, :-1])
    return out


def _median(values: NDArray[np.float64], chosen: BoolArray) -> NDArray[np.float64]:
    """(W, 1) lower median of the chosen values of each row; 0 where a row has none."""
    count = chosen.sum(axis=1, keepdims=True)
    ordered = np.sort(np.where(chosen, values, np.inf), axis=1)
    middle = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=1)
    return np.where(count > 0, middle, 0.0)


def quantities(events: Sequence[Event], numbers: Sequence[Sequence[float]] | None = None) -> FloatArray:
    """(n, VALUE_SLOTS): the first quantities of each message in order, NaN where there are fewer."""
    numbers = numbers_of(events) if numbers is None else numbers
    if not numbers:
        return np.zeros((0, VALUE_SLOTS), dtype=np.float32)
    return np.array([(*found[:VALUE_SLOTS], *_NO_VALUES[len(found) :]) for found in numbers], dtype=np.float32)


_NO_VALUES = (math.nan,) * VALUE_SLOTS


def attributes(events: Sequence[Event]) -> tuple[FloatArray, WordArray] | None:
    """Values and keys of what records say beside their messages, (n, ATTRIBUTE_SLOTS) each; None without any."""
    if not any(event.attributes for event in events):
        return None
    values = np.full((len(events), ATTRIBUTE_SLOTS), np.nan, dtype=np.float32)
    keys = np.zeros(values.shape, dtype=np.uint32)
    for row, event in enumerate(events):
        for slot, (key, value) in enumerate(event.attributes[:ATTRIBUTE_SLOTS]):
            keys[row, slot], values[row, slot] = key, value
    return values, keys


def gaps(times_ms: IntArray) -> FloatArray:
    """(W, L) ms since the event before, >= 0; NaN for first events and beside unknown times. times_ms (W, L)"""
    out = np.full(times_ms.shape, np.nan, dtype=np.float32)
    known = (times_ms[:, 1:] != NO_TIME) & (times_ms[:, :-1] != NO_TIME)
    passed = np.where(known, times_ms[:, 1:], 0) - np.where(known, times_ms[:, :-1], 0)
    out[:, 1:] = np.where(known, np.maximum(passed, 0), np.nan)
    return out


def source_ids(events: Sequence[Event]) -> IntArray:
    """(n,) one number per source name."""
    return np.fromiter((zlib.crc32(e.source.encode(errors="replace")) for e in events), np.int64, len(events))


def times_of(events: Sequence[Event]) -> IntArray:
    """(n,) timestamps in ms, NO_TIME where a line has none."""
    return np.fromiter((NO_TIME if e.timestamp_ms is None else e.timestamp_ms for e in events), np.int64, len(events))


def side_features(events: Sequence[Event], kind: NDArray[np.integer]) -> FloatArray:
    """(n, SIDE_DIM) for the events of one window. kind (n,): equal numbers mean equal templates."""
    context = WindowContext(
        times_of(events)[None],
        kind.astype(np.int64)[None],
        source_ids(events)[None],
        np.ones((1, len(events)), dtype=bool),
    )
    return np.concatenate([event_features(events), window_features(context)[0]], axis=1)
