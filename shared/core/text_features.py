"""What a window says word for word: hashed counts of its words and of its runs of characters, nothing masked.

In: a window's lines. Out: ``TextFeatures``, bounded whatever the window is. Never raises. Beside templates, which
hide numbers and names, this keeps whatever might tell one kind of window from another: error codes, names, capitals.
Words count over all lines. Runs of three to five bytes that do not reach over a space count over ``MAX_CHARS``
characters at most: the whole, or ten pieces spread over it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

BUCKETS: Final = 2**15
MAX_CHARS: Final = 20_000
_MAX_LINE_CHARS = 4_000
_PIECES = 10
_RUNS = (3, 4, 5)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\d_\u3400-\u9fff][^\W\u3400-\u9fff]+")
_SPACE = 32
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counted:
    """columns (m,) 0..BUCKETS-1, each once and rising   counts (m,)"""

    columns: NDArray[np.uint16]
    counts: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """Words and runs of characters, each in buckets of their own."""

    words: Counted
    runs: Counted


def text_features(lines: Sequence[str]) -> TextFeatures:
    """The same lines give the same features in every process."""
    words: Counter[str] = Counter()
    for line in lines:
        words.update(_WORD.findall(line[:_MAX_LINE_CHARS].lower()))
    buckets = np.fromiter((crc32(word.encode("utf-8", "replace")) % BUCKETS for word in words), np.int64, len(words))
    counts = np.fromiter(words.values(), np.float64, len(words))
    return TextFeatures(_counted(buckets, counts), _counted(_runs(_sample("\n".join(lines))), None))


def _sample(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    piece, step = MAX_CHARS // _PIECES, len(text) // _PIECES
    return "\n".join(text[at * step : at * step + piece] for at in range(_PIECES))


def _runs(text: str) -> IntArray:
    """The bucket of each run; a run may begin or end with a space, but holds none within."""
    clean = f" {' '.join(text.split())} ".encode("utf-8", "replace")
    letters = np.frombuffer(clean, np.uint8).astype(np.uint64)
    is_space = letters == _SPACE
    found = []
    for length in _RUNS:
        count = len(letters) - length + 1
        if count <= 0:
            continue
        mixed = np.full(count, length, np.uint64)
        torn = np.zeros(count, np.bool_)
        for at in range(length):
            mixed = (mixed ^ letters[at : at + count]) * _MIX
            mixed ^= mixed >> np.uint64(29)
            if 0 < at < length - 1:
                torn |= is_space[at : at + count]
        found.append((mixed[~torn] % np.uint64(BUCKETS)).astype(np.int64))
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _counted(buckets: IntArray, counts: NDArray[np.float64] | None) -> Counted:
    total = np.bincount(buckets, counts, BUCKETS)
    columns = np.flatnonzero(total)
    return Counted(columns.astype(np.uint16), total[columns].astype(np.float32))
