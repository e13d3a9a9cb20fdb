"""What a window tells as a whole, for learning what kind of window it is: words of its templates, and quantities.

In: a window's lines, a handful or thousands. Out: a ``WindowFeatures``. Never raises. Each distinct template counts
once for its words, so that one line that matters is not drowned by five thousand that repeat; how often, how fast and
after which pauses lines come is in the quantities. How often each word and template is written, and the text as it
stands, are there as well.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from shared.core.kin_pauses import KIN_QUANTITIES, ids_of, kin_pauses
from shared.core.lexicon import trouble
from shared.core.line_ids import collapse
from shared.core.normalising import template_of
from shared.core.parsing import LineParser
from shared.core.records import Level
from shared.core.text_features import TextFeatures, text_features

VERSION: Final = 2
_NO_STAMP: Final = -1
_LEVELS = (Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL)
_GAP_QUANTILES = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_GAP_DECADES = (0.0, 0.1, 0.7, 1.3, 1.8, 2.2, 2.6, 3.0, 3.7, 4.4, 99.0)  # log10(1 + ms)
_PAUSES_MS = (100, 1_000, 5_000, 20_000)
_ACTIVE_MS = (4, 5_000)
_SAID, _TIMED = 14, 26
QUANTITIES: Final = _SAID + _TIMED + KIN_QUANTITIES
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[A-Za-z]+|[\u3400-\u9fff]")
_DIGITS = re.compile(r"\d+")
_MOST_CACHED = 200_000
_RECEIVED_MS = 1_700_000_000_000  # only completes stamps without a year; differences matter, not dates


@dataclass(frozen=True, slots=True)
class WindowFeatures:
    """words: word or pair of neighbouring words -> distinct templates that hold it; quantities: (QUANTITIES,).

    said: word, or "#" and a template's number -> lines that hold it.
    """

    words: dict[str, int]
    said: dict[str, int]
    quantities: NDArray[np.float32]
    text: TextFeatures


def words_of(template: str) -> set[str]:
    """Lower-case words of a template, humps parted, Chinese by character; and each with its right neighbour."""
    words = [word.lower() for word in _WORD.findall(_HUMP.sub(" ", template))]
    return {*words, *(f"{left}_{right}" for left, right in pairwise(words))}


class WindowReader:
    """Reads windows; remembers templates, so that repeated lines cost little. Not safe between threads."""

    def __init__(self) -> None:
        self._parser = LineParser()
        self._forget()

    def _forget(self) -> None:
        self._known: dict[tuple[str, str], int] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._words: list[frozenset[str]] = []
        self._trouble: list[float] = []
        self._names: list[str] = []

    def read(self, lines: Iterable[str]) -> WindowFeatures:
        """The features of one window."""
        if len(self._known) > _MOST_CACHED:
            self._forget()
        templates: list[int] = []
        stamps: list[int] = []
        levels: list[int] = []
        lines = list(lines)
        for line in lines:
            event = self._parser.parse(line, _RECEIVED_MS)
            templates.append(self._template(event.source, event.message))
            stamps.append(_NO_STAMP if event.timestamp_ms is None else event.timestamp_ms)
            levels.append(-1 if event.level is None else int(event.level))
        counts = Counter(templates)
        words: Counter[str] = Counter()
        for template in counts:
            words.update(self._words[template])
        said: Counter[str] = Counter()
        for template, count in counts.items():
            said[self._names[template]] += count
            for word in self._words[template]:
                if "_" not in word:
                    said[word] += count
        kin = kin_pauses([ids_of(line) for line in lines], templates, stamps)
        quantities = np.array([*self._saying(counts, levels), *timing(stamps), *kin], np.float32)
        return WindowFeatures(dict(words), dict(said), quantities, text_features(lines))

    def _template(self, source: str, message: str) -> int:
        key = (source, collapse(message))
        known = self._known.get(key)
        if known is None:
            own = (_DIGITS.sub("0", source), template_of(message))
            known = self._known[key] = self._ids.setdefault(own, len(self._ids))
            if known == len(self._words):
                self._words.append(frozenset(words_of(" ".join(own))))
                self._trouble.append(trouble(own[1]))
                self._names.append(f"#{crc32(' '.join(own).encode('utf-8', 'replace')):08x}")
        return known

    def _saying(self, counts: Counter[int], levels: Sequence[int]) -> list[float]:
        """14 quantities: how much is said, how loudly, how variously, how badly."""
        total = max(len(levels), 1)
        by_level = Counter(levels)
        shares = [count / total for count in counts.values()]
        bad = [(self._trouble[template], count) for template, count in counts.items()]
        return [
            math.log1p(len(levels)),
            *(by_level[level] / total for level in _LEVELS),
            *(math.log1p(by_level[level]) for level in _LEVELS[2:]),
            math.sqrt(len(counts)),
            -sum(share * math.log(share) for share in shares),
            sum(odds * count for odds, count in bad) / total,
            math.log1p(sum(count for odds, count in bad if odds > 0.5)),
            sum(odds for odds, _ in bad),
        ]


def timing(stamps: Sequence[int]) -> list[float]:
    """26 quantities of the pauses between lines, milliseconds; all 0 with fewer than two stamps."""
    written = np.array([stamp for stamp in stamps if stamp != _NO_STAMP], np.float64)
    if len(written) < 2:
        return [0.0] * _TIMED
    gaps = np.diff(np.sort(written))
    steps = np.diff(written)
    ahead = np.maximum(steps, 0.0)
    lasted = float(written.max() - written.min())
    active = steps[(steps > _ACTIVE_MS[0]) & (steps < _ACTIVE_MS[1])]
    found: list[float] = [math.log1p(gap) for gap in np.quantile(gaps, _GAP_QUANTILES)]
    found += [math.log1p(lasted), math.log(len(written) / (lasted + 1_000.0) * 1_000.0)]
    found += [math.log1p(int((gaps > pause).sum())) for pause in _PAUSES_MS]
    found += [float((gaps == 0).mean()), math.log1p(int((steps < -1_000).sum()))]
    histogram = np.histogram(np.log10(ahead + 1.0), _GAP_DECADES)[0]
    found += [math.sqrt(count / len(steps)) for count in histogram]
    found.append(math.log1p(float(np.median(active))) if len(active) else 0.0)
    return found
