"""How much each view of a window head counts, found on windows left out.

In: each view's log-probabilities of windows that it was not fitted on, and the classes. Out: ``Mixing``. Never
raises. Each view is cooled to where its own held-out classes are likeliest; then every mixture on a grid is weighed
by how likely it makes them and how often it is right, and the mean mixture is taken: with few windows the views stay
near even, with many the best wins.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.core.softmax_regression import FloatArray, IntArray, fit_temperature, softmax

FOLDS: Final = 5
NEVER: Final = -1
_STEPS = 8
_NEGLIGIBLE = 0.02
_SCALES = (0.5, 0.7, 1.0, 1.4)
_TRUST = 2.0  # a held-out group counts twice: counted once, weak views keep too much of a few windows
_PRICE_OF_ERROR = 2.0  # the likeliest mixture is not always the one that is right most often


@dataclass(frozen=True, slots=True)
class Mixing:
    """weights by view, sum 1; cooled: the temperature of each."""

    weights: dict[str, float]
    cooled: dict[str, float]

    @classmethod
    def even(cls, names: Sequence[str]) -> Mixing:
        return cls(dict.fromkeys(names, 1 / len(names)), dict.fromkeys(names, 1.0))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.weights)

    def mixed(self, found: Mapping[str, FloatArray]) -> FloatArray:
        """(n, k) logits out of each view's log-probabilities."""
        parts = [found[name] * np.float32(share / self.cooled[name]) for name, share in self.weights.items()]
        return np.asarray(np.sum(parts, axis=0), np.float32)

    def is_sound(self) -> bool:
        numbers = [*self.weights.values(), *self.cooled.values()]
        return all(math.isfinite(number) and number >= 0 for number in numbers) and min(self.cooled.values()) > 0


def mixing_of(found: Mapping[str, FloatArray], classes: IntArray, units: int) -> Mixing:
    """found: view -> (n, k) log-probabilities of held-out windows; units: how many of them are independent."""
    names = list(found)
    cooled = {name: fit_temperature(found[name], classes) for name in names}
    log_shares = np.stack([np.log(np.maximum(softmax(found[name], cooled[name]), 1e-6)) for name in names])
    weight = 1.0 / np.bincount(classes)[classes]
    weight /= weight.sum()
    mixtures = [parts for parts in itertools.product(range(_STEPS + 1), repeat=len(names)) if sum(parts) == _STEPS]
    losses = [
        _loss(np.tensordot(np.array(parts, np.float32) / _STEPS, log_shares, axes=1), classes, weight)
        for parts in mixtures
    ]
    likely = np.exp(-_TRUST * units * (np.array(losses) - min(losses)))
    mean = (np.array(mixtures) * likely[:, None]).sum(axis=0) / (likely.sum() * _STEPS)
    kept = {name: float(share) for name, share in zip(names, mean, strict=True) if share > _NEGLIGIBLE}
    total = sum(kept.values())
    return Mixing({name: share / total for name, share in kept.items()}, {name: cooled[name] for name in kept})


def _loss(logits: FloatArray, classes: IntArray, weight: NDArray[np.float64]) -> float:
    """Log-loss at the best of a few temperatures, and the share of errors; every class weighs the same."""
    rows = np.arange(len(classes))
    surprise = [-np.log(np.maximum(softmax(logits, scale)[rows, classes], 1e-6)) for scale in _SCALES]
    errors = float((weight * (logits.argmax(axis=1) != classes)).sum())
    return min(float((weight * own).sum()) for own in surprise) + _PRICE_OF_ERROR * errors


def fold_of(labels: Sequence[str], groups: Sequence[str] | None, turn: int = 0) -> IntArray:
    """(n,) which of five folds each row is left out in, or NEVER: whole groups, dealt out label by label.

    ``turn`` deals anew: the groups in another order. A label of one group is never left out: nothing could name it.
    Without groups, runs of rows of one label are cut into contiguous parts: neighbours in a file tend to be of one
    run, and must not be on both sides.
    """
    if groups is not None and len(set(groups)) <= len(set(labels)):
        groups = None  # one group a label: parts of it, which flatter, are better than nothing left out
    folds = np.full(len(labels), NEVER, np.int64)
    for number, label in enumerate(sorted(set(labels))):
        own = [at for at, other in enumerate(labels) if other == label]
        if groups is None:
            parts = np.arange(len(own)) * min(FOLDS, len(own)) // len(own)
        else:
            names = list(dict.fromkeys(groups[at] for at in own))
            order = (
                np.arange(len(names)) if not turn else np.random.default_rng((turn, number)).permutation(len(names))
            )
            rank = dict(zip(names, order.tolist(), strict=True))
            parts = np.array([rank[groups[at]] for at in own])
        if parts.max() > 0:
            folds[own] = parts % FOLDS
    return folds
