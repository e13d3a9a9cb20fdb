"""The window reader's network: which line of a window carries the evidence, and of what kind it is. Numpy alone.

Three readings of each line, each an odds for every category and for "an ordinary line": by the line model's hashed
words (linear, given), by the mean of learnt vectors of the same words, and by the line's meaning, a vector of the
line encoder. A small transformer (Vaswani et al. 2017, norm before each part as in Xiong et al. 2020) reads all lines
of the window by these readings, by their levels and places, and weighs them against each other: a root beside what
it caused, trouble beside what only sounds like it. It never sees words, so that it cannot learn templates by heart.

The trainer's torch modules have the same parameters by the same names (services/trainer/window_reader).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.core.records import Level

VERSION: Final = 1  # of the inputs, an artefact names the one that it was trained with
HEADS: Final = 4
LEVELS: Final = 1 + len(Level)
PLACES: Final = 2
VECTOR_GAIN: Final = 8.0  # line vectors have length 1, which leaves their parts far smaller than everything else
_LEAST_LOG: Final = -9.0  # no reading is surer than this that a line is not something
_LOG_UNIT: Final = 3.0
_EPSILON: Final = 1e-5

FloatArray = NDArray[np.float32]
Parameters = Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class LineInputs:
    """What is known of the n lines of a window before they are read together.

    features   feature numbers of each line (shared.core.line_features)    levels  of each line, None: it says none
    vectors    (n, dim), length 1, of the line encoder                     linear  (n, 1 + k) logits of the line model
    """

    features: Sequence[NDArray[np.int32]]
    levels: Sequence[Level | None]
    vectors: FloatArray
    linear: FloatArray


@dataclass(frozen=True, slots=True)
class WindowReading:
    """Natural logarithms: evidence (n,) that the line carries it; category (n, k) of the window if that line does."""

    evidence: FloatArray
    category: FloatArray


@dataclass(frozen=True, slots=True)
class WindowNetwork:
    """words (BUCKETS, w) int8 and scale (w,): vectors of hashed words; the rest by name."""

    words: NDArray[np.int8]
    scale: FloatArray
    parameters: Parameters

    def read(self, lines: LineInputs) -> WindowReading:
        """n > 0 lines."""
        by_words = np.stack([self.words[numbers].mean(axis=0, dtype=np.float32) for numbers in lines.features])
        levels = level_columns(lines.levels)
        by_words = _normed(by_words * self.scale, self.parameters, "by_words.norm")
        by_meaning = np.concatenate([lines.vectors * np.float32(VECTOR_GAIN), levels], axis=1)
        logits = [
            lines.linear,
            _two_layers(by_words, self.parameters, "by_words"),
            _two_layers(by_meaning, self.parameters, "by_meaning"),
        ]
        return self._together(window_columns(logits, levels))

    def _together(self, columns: FloatArray) -> WindowReading:
        given = self.parameters
        hidden = _linear(columns, given, "enter")
        for layer in range(sum(name.endswith(".inner.weight") for name in given)):
            hidden = hidden + _attention(_normed(hidden, given, f"layers.{layer}.first"), given, f"layers.{layer}")
            inner = _gelu(_linear(_normed(hidden, given, f"layers.{layer}.second"), given, f"layers.{layer}.inner"))
            hidden = hidden + _linear(inner, given, f"layers.{layer}.outer")
        hidden = _normed(hidden, given, "leave")
        evidence = _linear(hidden, given, "evidence")[:, 0]
        category = _linear(hidden, given, "category") + _linear(columns, given, "direct")
        return WindowReading(_log_softmax(evidence), _log_softmax(category))


def level_columns(levels: Sequence[Level | None]) -> FloatArray:
    """(n, LEVELS): one of them is 1; the first where the line says none."""
    columns = np.zeros((len(levels), LEVELS), np.float32)
    columns[np.arange(len(levels)), [0 if level is None else 1 + int(level) for level in levels]] = 1.0
    return columns


def window_columns(logits: Sequence[FloatArray], levels: FloatArray) -> FloatArray:
    """(n, columns) what the transformer sees of each line: every reading's shares and sureness, level, place."""
    count = len(levels)
    parts: list[FloatArray] = []
    for reading in logits:
        logs = _log_softmax(reading)
        bounded = np.asarray(np.maximum(logs, _LEAST_LOG) / _LOG_UNIT, np.float32)
        parts += [bounded, -logs.max(axis=1, keepdims=True)]
    place = np.stack([(np.arange(count) + 0.5) / count, np.full(count, np.log(count))], axis=1)
    return np.concatenate([*parts, levels, place.astype(np.float32)], axis=1)


def columns_for(categories: int) -> int:
    """How many columns ``window_columns`` gives for three readings."""
    return 3 * (categories + 2) + LEVELS + PLACES


def _two_layers(columns: FloatArray, given: Parameters, name: str) -> FloatArray:
    return _linear(_gelu(_linear(columns, given, f"{name}.first")), given, f"{name}.second")


def _attention(hidden: FloatArray, given: Parameters, name: str) -> FloatArray:
    """Every line looks at every line, in HEADS ways."""
    count, dim = hidden.shape
    queries, keys, values = (
        part.reshape(count, HEADS, dim // HEADS).transpose(1, 0, 2)
        for part in np.split(_linear(hidden, given, f"{name}.look"), 3, axis=1)
    )
    scores = queries @ keys.transpose(0, 2, 1) / np.float32(np.sqrt(dim // HEADS))
    seen = np.exp(_log_softmax(scores)) @ values
    return _linear(seen.transpose(1, 0, 2).reshape(count, dim), given, f"{name}.merge")


def _linear(columns: FloatArray, given: Parameters, name: str) -> FloatArray:
    return np.asarray(columns @ given[f"{name}.weight"].T + given[f"{name}.bias"], np.float32)


def _normed(columns: FloatArray, given: Parameters, name: str) -> FloatArray:
    centred = columns - columns.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
    return np.asarray(centred / spread * given[f"{name}.weight"] + given[f"{name}.bias"], np.float32)


def _gelu(columns: FloatArray) -> FloatArray:
    """Its approximation by tanh (Hendrycks & Gimpel 2016), which numpy has."""
    inner = np.float32(np.sqrt(2 / np.pi)) * (columns + np.float32(0.044715) * columns**3)
    return np.asarray(np.float32(0.5) * columns * (1 + np.tanh(inner)), np.float32)


def _log_softmax(values: FloatArray) -> FloatArray:
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)
