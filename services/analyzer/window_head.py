"""A classifier of whole windows that learns a site's own labels from a few dozen examples; numpy alone.

In: windows as features, a label each, and what belongs together (a run, an application) where that is known.
Out: ``WindowHead``: labels with probabilities that are calibrated on windows left out, group by group.
The views of ``head_views`` are averaged (their log-probabilities), each weighing as much as it helps on the windows
left out. ``save``/``load``: npz without pickle. Raises HeadInvalid for a file that is no such head.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.analyzer.head_mixing import NEVER, Mixing, fold_of, mixing_of
from services.analyzer.head_views import TextView, TreesView, View, WordsView
from shared.core.softmax_regression import FloatArray, IntArray, fit_temperature, softmax
from shared.core.window_features import VERSION, WindowFeatures

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_LABELS = 256
_FORMAT = 2
_FEW = 200
_MANY = 5_000
_DEALS = 3
VIEWS: Final[dict[str, type[View]]] = {"words": WordsView, "text": TextView, "trees": TreesView}


class HeadInvalid(ValueError):
    """The file is no window head of this version."""


@dataclass(frozen=True, slots=True)
class WindowHead:
    """``labels`` in the order of the columns; ``held_out`` the balanced accuracy on windows left out.

    A view that weighs nothing is not kept.
    """

    labels: tuple[str, ...]
    views: dict[str, View]
    mixing: Mixing
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
        if len(names) < 2:
            raise ValueError("there must be at least two classes")
        number = {name: at for at, name in enumerate(names)}
        classes = np.array([number[label] for label in labels], np.int64)
        held, is_held = _held_out(windows, classes, len(names), _deals(labels, groups))
        mixing, temperature, accuracy = Mixing.even(tuple(VIEWS)), 1.0, float("nan")
        if is_held.any():
            known = {name: found[is_held] for name, found in held.items()}
            right = np.tile(classes, is_held.shape[0] // len(classes))[is_held]
            mixing = mixing_of(known, right, _units(labels, groups))
            mixed = mixing.mixed(known)
            temperature = fit_temperature(mixed, right)
            hits = mixed.argmax(axis=1) == right
            accuracy = float(np.mean([hits[right == c].mean() for c in np.unique(right)]))
        views = {name: VIEWS[name].fit(windows, classes, len(names)) for name in mixing.names}
        return cls(names, views, mixing, temperature, accuracy)

    def probabilities(self, windows: Sequence[WindowFeatures]) -> FloatArray:
        """(n, labels), rows sum to 1."""
        found = {name: view.log_probabilities(windows) for name, view in self.views.items()}
        return softmax(self.mixing.mixed(found), self.temperature)

    def save(self, path: Path) -> None:
        """One npz file."""
        arrays: dict[str, NDArray[Any]] = {}
        views: dict[str, Any] = {}
        for name, view in self.views.items():
            parts, words = view.parts()
            arrays |= {f"{name}.{part}": array for part, array in parts.items()}
            views[name] = {"words": words, "weight": self.mixing.weights[name], "cool": self.mixing.cooled[name]}
        meta = {"format": _FORMAT, "features": VERSION, "labels": self.labels, "views": views}
        meta |= {"temperature": self.temperature, "held_out": None if math.isnan(self.held_out) else self.held_out}
        buffer = io.BytesIO()
        packed = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode(), np.uint8)
        np.savez_compressed(buffer, allow_pickle=False, meta=packed, **arrays)
        path.write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> WindowHead:
        """Raises HeadInvalid."""
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise HeadInvalid("the file is too large")
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                meta = json.loads(file["meta"].tobytes())
                parts = {name: file[name] for name in file.files}
            if (meta["format"], meta["features"]) != (_FORMAT, VERSION):
                raise HeadInvalid("not a window head of this version")
            return cls._of(meta, parts)
        except HeadInvalid:
            raise
        except Exception as error:  # whatever a hostile or broken file provokes
            raise HeadInvalid("not a window head") from error

    @classmethod
    def _of(cls, meta: dict[str, Any], parts: dict[str, NDArray[Any]]) -> WindowHead:
        labels = tuple(str(label) for label in meta["labels"])
        views: dict[str, View] = {}
        for name, own in meta["views"].items():
            start = f"{name}."
            arrays = {part.removeprefix(start): array for part, array in parts.items() if part.startswith(start)}
            views[name] = VIEWS[name].of_parts(arrays, [str(word) for word in own["words"]], len(labels))
        mixing = Mixing(
            {name: float(own["weight"]) for name, own in meta["views"].items()},
            {name: float(own["cool"]) for name, own in meta["views"].items()},
        )
        temperature = float(meta["temperature"])
        if not views or not mixing.is_sound() or not temperature > 0:
            raise HeadInvalid("not a window head")
        held_out = float("nan") if meta["held_out"] is None else float(meta["held_out"])
        return cls(labels, views, mixing, temperature, held_out)


def _deals(labels: Sequence[str], groups: Sequence[str] | None) -> list[IntArray]:
    """One way to leave windows out; of few windows several, so that it does not hang on one deal.

    Of very many windows two folds say enough.
    """
    if groups is None or len(labels) > _FEW:
        folds = fold_of(labels, groups)
        return [np.where(folds > 1, NEVER, folds) if len(labels) > _MANY else folds]
    return [fold_of(labels, groups, turn) for turn in range(_DEALS)]


def _units(labels: Sequence[str], groups: Sequence[str] | None) -> int:
    """How many independent judgements the windows are: groups, where there are any."""
    return len(labels) if groups is None else len(set(zip(labels, groups, strict=True)))


def _held_out(
    windows: Sequence[WindowFeatures], classes: IntArray, count: int, deals: Sequence[IntArray]
) -> tuple[dict[str, FloatArray], NDArray[np.bool_]]:
    """Each view's log-probabilities (deals x n, k) of each row by a model that saw neither it nor its group.

    And which rows have any: a row whose label the others do not show says nothing about weights or calibration.
    """
    found = {name: np.zeros((len(deals) * len(windows), count), np.float32) for name in VIEWS}
    is_held = np.zeros(len(deals) * len(windows), np.bool_)
    for turn, folds in enumerate(deals):
        for fold in np.unique(folds[folds != NEVER]):
            out = np.flatnonzero(folds == fold)
            rest = np.flatnonzero(folds != fold)
            known = np.unique(classes[rest])
            if len(known) < 2:
                continue
            kept = [windows[int(at)] for at in rest]
            asked = [windows[int(at)] for at in out]
            place = out + turn * len(windows)
            for name, view in VIEWS.items():
                found[name][place] = view.fit(kept, classes[rest], count).log_probabilities(asked)
            is_held[place] = np.isin(classes[out], known)
    return found, is_held
