"""Three ways to look at a window, each with a classifier of its own; numpy alone.

In: windows' features and class numbers. Out: log-probabilities, rows that sum to 1 when raised.

- ``WordsView``: a linear model over words of distinct templates (rare ones weigh more) and standardised quantities.
- ``TextView``: a linear model over TF-IDF of the text as it stands, words and runs of characters.
- ``TreesView``: random trees over how often each word and template is written, and the quantities.

``parts`` and ``of_parts`` turn a view into arrays and a list of words, and back. Raises ValueError for fewer than two
classes to learn, KeyError or ValueError for parts that are no view.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from shared.core.kin_pauses import KIN_QUANTITIES
from shared.core.random_trees import RandomTrees, fit_random_trees
from shared.core.softmax_regression import FloatArray, IntArray, LinearModel, fit_softmax, softmax
from shared.core.text_features import BUCKETS, Counted
from shared.core.window_features import QUANTITIES, WindowFeatures

QUANTITY_GAIN = math.sqrt(2.0)
KIN_GAIN = 0.5
MAX_COLUMNS = 6_000
_MAX_CELLS = 40_000_000
_WORDS_STRENGTH, _TEXT_STRENGTH = 60.0, 10.0
_FARTHEST = 5.0
_DOUBT = 0.02
Parts = dict[str, NDArray[Any]]


class View(Protocol):
    """What all views do."""

    @classmethod
    def fit(cls, windows: Sequence[WindowFeatures], classes: IntArray, count: int) -> Self: ...

    def log_probabilities(self, windows: Sequence[WindowFeatures]) -> FloatArray: ...

    def parts(self) -> tuple[Parts, list[str]]: ...

    @classmethod
    def of_parts(cls, parts: Mapping[str, NDArray[Any]], words: Sequence[str], count: int) -> Self: ...


def _log_softmax(logits: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(softmax(logits), np.float32(1e-9))), np.float32)


def _most_columns(rows: int) -> int:
    return max(256, min(MAX_COLUMNS, _MAX_CELLS // max(rows, 1)))


def telling(holding: Mapping[str, int], total: int) -> list[str]:
    """Words by how evenly they part the windows; one in all of them tells nothing and is left out."""
    found = [(word, count) for word, count in holding.items() if count < total or total == 1]
    kept = sorted(found, key=lambda item: (-min(item[1], total - item[1]), item[0]))
    return [word for word, _ in kept[: _most_columns(total)]]


@dataclass(frozen=True, slots=True)
class Scaling:
    """How features become a row: word -> (column, weight); quantities by mean and spread."""

    words: dict[str, tuple[int, float]]
    mean: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, windows: Sequence[WindowFeatures]) -> Scaling:
        holding: Counter[str] = Counter()
        for window in windows:
            holding.update(window.words.keys())
        total = len(windows)
        words = {
            word: (at, math.log((1 + total) / (1 + holding[word]))) for at, word in enumerate(telling(holding, total))
        }
        quantities = np.array([window.quantities for window in windows], np.float32)
        spread = quantities.std(axis=0)
        return cls(words, quantities.mean(axis=0), np.where(spread > 1e-6, spread, np.inf).astype(np.float32))

    def rows(self, windows: Sequence[WindowFeatures]) -> FloatArray:
        """(n, words + QUANTITIES), both parts about one long; pauses of kin, which many logs lack, shorter."""
        rows = np.zeros((len(windows), len(self.words) + QUANTITIES), np.float32)
        gains = self._gains()
        for row, window in zip(rows, windows, strict=True):
            for word, count in window.words.items():
                if (known := self.words.get(word)) is not None:
                    row[known[0]] = known[1] * math.log1p(count)
            row[:] /= max(float(np.linalg.norm(row)), 1e-9)
            scaled = np.clip((window.quantities - self.mean) / self.spread, -_FARTHEST, _FARTHEST)
            row[len(self.words) :] = scaled * gains
        return rows

    def _gains(self) -> FloatArray:
        """(QUANTITIES,)"""
        gains = np.repeat(
            np.array([QUANTITY_GAIN, KIN_GAIN], np.float32), [QUANTITIES - KIN_QUANTITIES, KIN_QUANTITIES]
        )
        is_live = np.isfinite(self.spread)
        for part in (slice(None, -KIN_QUANTITIES), slice(-KIN_QUANTITIES, None)):
            gains[part] /= math.sqrt(max(int(is_live[part].sum()), 1))
        return gains


@dataclass(frozen=True, slots=True)
class WordsView:
    scaling: Scaling
    model: LinearModel

    @classmethod
    def fit(cls, windows: Sequence[WindowFeatures], classes: IntArray, count: int) -> Self:
        scaling = Scaling.of(windows)
        return cls(scaling, fit_softmax(scaling.rows(windows), classes, count, _WORDS_STRENGTH))

    def log_probabilities(self, windows: Sequence[WindowFeatures]) -> FloatArray:
        return _log_softmax(self.model.logits(self.scaling.rows(windows)))

    def parts(self) -> tuple[Parts, list[str]]:
        idf = np.array([weight for _, weight in self.scaling.words.values()], np.float32)
        own = {"idf": idf, "mean": self.scaling.mean, "spread": self.scaling.spread}
        return own | _parts_of(self.model), list(self.scaling.words)

    @classmethod
    def of_parts(cls, parts: Mapping[str, NDArray[Any]], words: Sequence[str], count: int) -> Self:
        sizes = {"idf": len(words), "mean": QUANTITIES, "spread": QUANTITIES}
        idf, mean, spread = (_shaped(parts[name], np.float32, size) for name, size in sizes.items())
        known = {word: (at, float(weight)) for at, (word, weight) in enumerate(zip(words, idf, strict=True))}
        return cls(Scaling(known, mean, spread), _linear_of(parts, len(words) + QUANTITIES, count))


@dataclass(frozen=True, slots=True)
class TextView:
    """columns (c,) buckets of words, then of runs (BUCKETS on); words_kept of them are words. idf (c,)"""

    columns: IntArray
    idf: FloatArray
    model: LinearModel

    @classmethod
    def fit(cls, windows: Sequence[WindowFeatures], classes: IntArray, count: int) -> Self:
        holding = np.zeros(2 * BUCKETS, np.int64)
        for window in windows:
            holding[window.text.words.columns] += 1
            holding[window.text.runs.columns.astype(np.int64) + BUCKETS] += 1
        total = len(windows)
        evenly = np.minimum(holding, total - holding) + (holding > 0)
        most = _most_columns(total)
        chosen = [np.argsort(-part, kind="stable")[:most] for part in (evenly[:BUCKETS], evenly[BUCKETS:])]
        columns = np.sort(np.concatenate([chosen[0], chosen[1] + BUCKETS]))
        columns = columns[holding[columns] > 0]
        idf = (np.log((1 + total) / (1 + holding[columns])) + 1.0).astype(np.float32)
        rows = _text_rows(columns, idf, windows)
        return cls(columns, idf, fit_softmax(rows, classes, count, _TEXT_STRENGTH))

    def log_probabilities(self, windows: Sequence[WindowFeatures]) -> FloatArray:
        return _log_softmax(self.model.logits(_text_rows(self.columns, self.idf, windows)))

    def parts(self) -> tuple[Parts, list[str]]:
        return {"columns": self.columns.astype(np.int32), "idf": self.idf} | _parts_of(self.model), []

    @classmethod
    def of_parts(cls, parts: Mapping[str, NDArray[Any]], words: Sequence[str], count: int) -> Self:
        columns = _shaped(parts["columns"], np.int64, len(parts["columns"]))
        if len(columns) and not (columns[0] >= 0 and columns[-1] < 2 * BUCKETS and (np.diff(columns) > 0).all()):
            raise ValueError("columns out of range")
        idf = _shaped(parts["idf"], np.float32, len(columns))
        return cls(columns, idf, _linear_of(parts, len(columns), count))


def _text_rows(columns: IntArray, idf: FloatArray, windows: Sequence[WindowFeatures]) -> FloatArray:
    """(n, c); words and runs each one long."""
    rows = np.zeros((len(windows), len(columns)), np.float32)
    place = np.full(2 * BUCKETS, -1, np.int64)
    place[columns] = np.arange(len(columns))
    for row, window in zip(rows, windows, strict=True):
        for own, shift in ((window.text.words, 0), (window.text.runs, BUCKETS)):
            _fill(row, own, place[shift : shift + BUCKETS], idf)
    return rows


def _fill(row: FloatArray, own: Counted, place: IntArray, idf: FloatArray) -> None:
    at = place[own.columns]
    known = at >= 0
    values = (1.0 + np.log(own.counts[known])) * idf[at[known]]
    row[at[known]] = values / max(float(np.linalg.norm(values)), 1e-9)


@dataclass(frozen=True, slots=True)
class TreesView:
    """words: word or template -> column"""

    words: dict[str, int]
    trees: RandomTrees

    @classmethod
    def fit(cls, windows: Sequence[WindowFeatures], classes: IntArray, count: int) -> Self:
        holding: Counter[str] = Counter()
        for window in windows:
            holding.update(window.said.keys())
        often = [word for word, count in holding.items() if count > 1]
        kept = sorted(often, key=lambda word: (-holding[word], word))[: _most_columns(len(windows))]
        words = {word: at for at, word in enumerate(kept)}
        return cls(words, fit_random_trees(_count_rows(words, windows), classes, count, seed=0))

    def log_probabilities(self, windows: Sequence[WindowFeatures]) -> FloatArray:
        found = self.trees.probabilities(_count_rows(self.words, windows)) + np.float32(_DOUBT)
        return np.asarray(np.log(found / found.sum(axis=1, keepdims=True)), np.float32)

    def parts(self) -> tuple[Parts, list[str]]:
        trees = self.trees
        arrays: Parts = {"roots": trees.roots.astype(np.int32), "feature": trees.feature.astype(np.int32)}
        arrays |= {"threshold": trees.threshold, "below": trees.below.astype(np.int32)}
        return arrays | {"shares": trees.shares.astype(np.float16)}, list(self.words)

    @classmethod
    def of_parts(cls, parts: Mapping[str, NDArray[Any]], words: Sequence[str], count: int) -> Self:
        nodes = len(parts["feature"])
        feature, below = (_shaped(parts[name], np.int64, nodes) for name in ("feature", "below"))
        threshold = _shaped(parts["threshold"], np.float32, nodes)
        roots = _shaped(parts["roots"], np.int64, len(parts["roots"]))
        shares = parts["shares"].astype(np.float32)
        inner = feature >= 0
        is_sound = shares.shape == (nodes, count) and len(roots) > 0 and bool(np.isfinite(shares).all())
        is_sound &= bool(((roots >= 0) & (roots < nodes)).all())
        is_sound &= bool(((feature >= -1) & (feature < len(words) + QUANTITIES)).all())
        is_sound &= bool(((below[inner] > np.flatnonzero(inner)) & (below[inner] + 1 < nodes)).all())
        if not is_sound:
            raise ValueError("no trees")
        known = {word: at for at, word in enumerate(words)}
        return cls(known, RandomTrees(roots, feature, threshold, below, shares))


def _count_rows(words: Mapping[str, int], windows: Sequence[WindowFeatures]) -> FloatArray:
    """(n, words + QUANTITIES)"""
    rows = np.zeros((len(windows), len(words) + QUANTITIES), np.float32)
    for row, window in zip(rows, windows, strict=True):
        for word, count in window.said.items():
            if (at := words.get(word)) is not None:
                row[at] = math.log1p(count)
        row[len(words) :] = window.quantities
    return rows


def _parts_of(model: LinearModel) -> Parts:
    return {"weights": model.weights.astype(np.float16), "bias": model.bias}


def _linear_of(parts: Mapping[str, NDArray[Any]], width: int, count: int) -> LinearModel:
    weights = parts["weights"].astype(np.float32)
    if weights.shape != (width, count) or not np.isfinite(weights).all():
        raise ValueError("weights do not fit")
    return LinearModel(weights, _shaped(parts["bias"], np.float32, count))


def _shaped(array: NDArray[Any], kind: type, size: int) -> Any:
    if array.shape != (size,):
        raise ValueError("a part is missing or too long")
    return array.astype(kind)
