"""A line as a sparse vector of hashed pieces: words, neighbours and character n-grams of its masked message.

In: a line as received. Out: the numbers of its features, in 0..BUCKETS-1, ascending, each once. Never raises; the
same on every machine, in training and serving. Chinese is cut into runs of one to three characters, which needs no
word list; n-grams inside words let ``OutOfMemoryError`` and "out of memory" share features.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.core.normalising import template_of
from shared.core.parsing import LineParser
from shared.core.records import Event

VERSION: Final = 1
BUCKETS: Final = 1 << 15
MAX_FEATURES: Final = 768
_MOST_CHARS = 600
_RECEIVED_MS = 1_700_000_000_000
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PIECE = re.compile(r"<[A-Z]+>|[A-Za-z]+|[\u3400-\u9fff]+|\d+|[^\sA-Za-z\d]")
_HAN = re.compile("[\u3400-\u9fff]")
_SHORTEST, _LONGEST = 3, 5
_FEWEST_LETTERS = 4


class LineFeaturiser:
    """Reads lines. Holds a parser, so it is one per thread."""

    def __init__(self) -> None:
        self._parser = LineParser()

    def features(self, line: str) -> NDArray[np.int32]:
        """Ascending feature numbers of one line; never empty."""
        return features_of(self.parse(line))

    def parse(self, line: str) -> Event:
        """What ``features_of`` takes."""
        return self._parser.parse(line, _RECEIVED_MS)


def features_of(event: Event) -> NDArray[np.int32]:
    """The same for an event that has been parsed."""
    found = {_bucket(piece) for piece in _pieces(event)}
    return np.array(sorted(found)[:MAX_FEATURES], np.int32)


def _pieces(event: Event) -> Iterator[str]:
    yield f"level:{'none' if event.level is None else event.level.name}"
    template = _HUMP.sub(" ", template_of(event.message)[:_MOST_CHARS])
    tokens = [token if token[0] == "<" else token.lower() for token in _PIECE.findall(template)]
    for token in tokens:
        yield from _inside(token)
    telling = [token for token in tokens if token[0] == "<" or token.isalnum()]
    yield from (f"{left} {right}" for left, right in pairwise(telling))
    yield from (f"{a} {b} {c}" for a, b, c in zip(telling, telling[1:], telling[2:], strict=False))


def _inside(token: str) -> Iterator[str]:
    if _HAN.match(token):
        for size in (1, 2, 3):
            yield from (f"h:{token[at : at + size]}" for at in range(len(token) - size + 1))
        return
    yield f"w:{token}"
    if len(token) >= _FEWEST_LETTERS and token.isalpha():
        whole = f"^{token}$"
        for size in range(_SHORTEST, _LONGEST + 1):
            yield from (f"c:{whole[at : at + size]}" for at in range(len(whole) - size + 1))


def _bucket(piece: str) -> int:
    return zlib.crc32(piece.encode("utf-8", "surrogatepass")) % BUCKETS
