"""A classifier of whole windows that learns a site's own labels from a few dozen examples; numpy alone.

In: windows as lists of lines, a label each, and what belongs together (a run, an application) where that is known.
Out: ``WindowHead``: labels with probabilities that are calibrated on windows left out, group by group.
One linear model over the words of a window's distinct templates (rare ones weigh more) and its standardised
quantities. ``save``/``load``: npz without pickle. Raises HeadInvalid for a file that is no such head.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared.core.softmax_regression import (
    FloatArray,
    IntArray,
    LinearModel,
    fit_softmax,
    fit_temperature,
    softmax,
)
from shared.core.window_features import QUANTITIES, VERSION, WindowFeatures

STRENGTH = 60.0
QUANTITY_GAIN = math.sqrt(2.0)
MAX_WORDS = 6_000
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_LABELS = 256
_FOLDS = 5
_FARTHEST = 5.0


class HeadInvalid(ValueError):
    """The file is no window head of this version."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How features become a row: word -> (column, weight); quantities by mean and spread."""

    words: dict[str, tuple[int, float]]
    mean: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, windows: Sequence[WindowFeatures]) -> Scaling:
        """Words by how few of the windows hold them; a word in all of them tells nothing and is left out."""
        holding: Counter[str] = Counter()
        for window in windows:
            holding.update(window.words.keys())
        total = len(windows)
        telling = [(word, count) for word, count in holding.items() if count < total or total == 1]
        kept = sorted(telling, key=lambda item: (-min(item[1], total - item[1]), item[0]))[:MAX_WORDS]
        words = {word: (at, math.log((1 + total) / (1 + count))) for at, (word, count) in enumerate(kept)}
        quantities = np.array([window.quantities for window in windows], np.float32)
        spread = quantities.std(axis=0)
        return cls(words, quantities.mean(axis=0), np.where(spread > 1e-6, spread, np.inf).astype(np.float32))

    def rows(self, windows: Sequence[WindowFeatures]) -> FloatArray:
        """(n, words + QUANTITIES), both parts about one long."""
        rows = np.zeros((len(windows), len(self.words) + QUANTITIES), np.float32)
        live = max(int(np.isfinite(self.spread).sum()), 1)
        for row, window in zip(rows, windows, strict=True):
            for word, count in window.words.items():
                if (known := self.words.get(word)) is not None:
                    row[known[0]] = known[1] * math.log1p(count)
            row[:] /= max(float(np.linalg.norm(row)), 1e-9)
            scaled = np.clip((window.quantities - self.mean) / self.spread, -_FARTHEST, _FARTHEST)
            row[len(self.words) :] = scaled * (QUANTITY_GAIN / math.sqrt(live))
        return rows


@dataclass(frozen=True, slots=True)
class WindowHead:
    """``labels`` in the order of the model's columns; ``held_out`` the balanced accuracy on windows left out."""

    labels: tuple[str, ...]
    scaling: Scaling
    model: LinearModel
    temperature: float
    held_out: float

    @classmethod
    def fit(
        cls, windows: Sequence[WindowFeatures], labels: Sequence[str], groups: Sequence[str] | None = None
    ) -> WindowHead:
        """Raises ValueError for fewer than two labels, or more than MAX_LABELS."""
        names = tuple(sorted(set(labels)))
        if len(names) > MAX_LABELS:
            raise ValueError(f"more than {MAX_LABELS} labels")
        number = {name: at for at, name in enumerate(names)}
        classes = np.array([number[label] for label in labels], np.int64)
        scaling = Scaling.of(windows)
        model = fit_softmax(scaling.rows(windows), classes, len(names), STRENGTH)
        logits, is_held = _held_out_logits(windows, classes, len(names), fold_of(labels, groups))
        if not is_held.any():
            return cls(names, scaling, model, 1.0, float("nan"))
        right = logits[is_held].argmax(axis=1) == classes[is_held]
        accuracy = [float(right[classes[is_held] == c].mean()) for c in np.unique(classes[is_held])]
        temperature = fit_temperature(logits[is_held], classes[is_held])
        return cls(names, scaling, model, temperature, float(np.mean(accuracy)))

    def probabilities(self, windows: Sequence[WindowFeatures]) -> FloatArray:
        """(n, labels), rows sum to 1."""
        return softmax(self.model.logits(self.scaling.rows(windows)), self.temperature)

    def save(self, path: Path) -> None:
        """One npz file; weights as float16."""
        meta = {"format": 1, "features": VERSION, "labels": self.labels, "temperature": self.temperature}
        meta |= {"held_out": None if math.isnan(self.held_out) else self.held_out, "words": list(self.scaling.words)}
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            meta=np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), np.uint8),
            idf=np.array([weight for _, weight in self.scaling.words.values()], np.float32),
            mean=self.scaling.mean,
            spread=self.scaling.spread,
            weights=self.model.weights.astype(np.float16),
            bias=self.model.bias,
        )
        path.write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> WindowHead:
        """Raises HeadInvalid."""
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise HeadInvalid("the file is too large")
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                meta = json.loads(file["meta"].tobytes())
                parts = {name: file[name].astype(np.float32) for name in ("idf", "mean", "spread", "weights", "bias")}
            labels, words = tuple(meta["labels"]), list(meta["words"])
            held_out = float("nan") if meta["held_out"] is None else float(meta["held_out"])
            is_sound = (
                (meta["format"], meta["features"]) == (1, VERSION)
                and parts["weights"].shape == (len(words) + QUANTITIES, len(labels))
                and parts["bias"].shape == (len(labels),)
                and parts["idf"].shape == (len(words),)
                and parts["mean"].shape == parts["spread"].shape == (QUANTITIES,)
                and all(isinstance(text, str) for text in (*labels, *words))
                and bool(np.isfinite(parts["weights"]).all())
                and float(meta["temperature"]) > 0
            )
        except HeadInvalid:
            raise
        except Exception as error:  # whatever a hostile or broken file provokes
            raise HeadInvalid("not a window head") from error
        if not is_sound:
            raise HeadInvalid("not a window head of this version")
        known = {word: (at, float(weight)) for at, (word, weight) in enumerate(zip(words, parts["idf"], strict=True))}
        scaling = Scaling(known, parts["mean"], parts["spread"])
        return cls(
            labels, scaling, LinearModel(parts["weights"], parts["bias"]), float(meta["temperature"]), held_out
        )


def fold_of(labels: Sequence[str], groups: Sequence[str] | None) -> IntArray:
    """(n,) which of five folds each row is left out in: whole groups, dealt out label by label.

    Without groups, runs of rows of one label are cut into contiguous parts: neighbours in a file tend to be of one
    run, and must not be on both sides.
    """
    folds = np.zeros(len(labels), np.int64)
    for turn, label in enumerate(sorted(set(labels))):
        own = [at for at, other in enumerate(labels) if other == label]
        if groups is None:
            parts = np.arange(len(own)) * min(_FOLDS, len(own)) // len(own)
        else:
            order = {group: rank for rank, group in enumerate(dict.fromkeys(groups[at] for at in own))}
            parts = np.array([order[groups[at]] for at in own])
        folds[own] = (parts + turn) % _FOLDS
    return folds


def _held_out_logits(
    windows: Sequence[WindowFeatures], classes: IntArray, count: int, folds: IntArray
) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Logits of each row by a model that saw neither it nor its group; and which rows have any.

    A row whose label the others do not show says nothing about calibration.
    """
    logits = np.zeros((len(windows), count), np.float32)
    is_held = np.zeros(len(windows), np.bool_)
    for fold in np.unique(folds):
        out = np.flatnonzero(folds == fold)
        rest = np.flatnonzero(folds != fold)
        known = np.unique(classes[rest])
        if len(known) < 2:
            continue
        kept = [windows[int(at)] for at in rest]
        scaling = Scaling.of(kept)
        model = fit_softmax(scaling.rows(kept), classes[rest], count, STRENGTH)
        logits[out] = model.logits(scaling.rows([windows[int(at)] for at in out]))
        is_held[out] = np.isin(classes[out], known)
    return logits, is_held
