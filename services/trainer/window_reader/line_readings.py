"""Three readings of every distinct line: by hashed words, by their vectors, by the line encoder's vector.

Each reader is fitted on all training lines, and once without each fold. Out: logits of the readers fitted on all,
and of those that never saw a line's fold. "Ordinary" is class 0. Rare categories and rare lines weigh more than their
number, and parts of each line are hidden, so that no word does it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from services.trainer.fit_line_model import Plan, fit_weights, hidden, quantised, weights_of
from services.trainer.window_reader.corpus import FOLDS, Lines, Windows
from shared.core.line_features import BUCKETS
from shared.core.line_scoring import LineWeights
from shared.core.window_network import LEVELS, VECTOR_GAIN, level_columns

FloatArray = NDArray[np.float32]
WORD_DIM, WORD_WIDTH, MEANING_WIDTH = 64, 128, 256
_BATCH, _READ_AT_ONCE = 256, 4096
_SMOOTHING = 0.02
_WORD_RATE, _WORD_EPOCHS, _WORD_DROP, _WORDS_HIDDEN = 4e-3, 4, 0.2, 0.5
_RATE, _MEANING_EPOCHS, _MEANING_DROP = 2e-3, 6, 0.3


@dataclass(frozen=True, slots=True)
class Sample:
    """Distinct (line, class) pairs of the training windows: numbers, classes, folds, and how often they stand."""

    line: NDArray[np.int64]
    label: NDArray[np.int64]
    fold: NDArray[np.int64]
    count: FloatArray

    def without(self, fold: int) -> Sample:
        kept = self.fold != fold
        return Sample(self.line[kept], self.label[kept], self.fold[kept], self.count[kept])


@dataclass(frozen=True, slots=True)
class Readings:
    """of_all (readers, lines, 1 + k)   held_out (readers, FOLDS, lines, 1 + k): by readers without that fold."""

    of_all: FloatArray
    held_out: FloatArray


def sample_of(windows: Windows) -> Sample:
    rows = np.stack([part[windows.is_there] for part in (windows.lines, windows.line_class, windows.fold)], axis=1)
    distinct, count = np.unique(rows, axis=0, return_counts=True)
    return Sample(distinct[:, 0], distinct[:, 1], distinct[:, 2], count.astype(np.float32))


def read_linear(lines: Lines, sample: Sample, classes: int, shipped: LineWeights, plan: Plan) -> Readings:
    """The line model as it ships, and as it is when it is fitted without a fold."""

    def without(fold: int) -> FloatArray:
        part = sample.without(fold)
        features = [lines.features[at] for at in part.line]
        return fit_weights(features, part.label, part.count, classes, plan).logits(lines.features)

    return _readings(lambda: shipped.logits(lines.features), without)


class ByWords(nn.Module):
    """The mean of learnt vectors of a line's hashed words, and two layers."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(BUCKETS, WORD_DIM, mode="mean", sparse=True)
        nn.init.normal_(self.words.weight, std=0.1)
        self.norm = nn.LayerNorm(WORD_DIM)
        self.first, self.second = nn.Linear(WORD_DIM, WORD_WIDTH), nn.Linear(WORD_WIDTH, classes)
        self.drop = nn.Dropout(_WORD_DROP)

    def forward(self, bags: Sequence[NDArray[np.int32]]) -> Tensor:
        """(n, classes)."""
        starts = np.concatenate([[0], np.cumsum([len(bag) for bag in bags])[:-1]])
        mean = self.words(torch.from_numpy(np.concatenate(bags)).long(), torch.from_numpy(starts))
        inner = nn.functional.gelu(self.first(self.drop(self.norm(mean))), approximate="tanh")
        return torch.as_tensor(self.second(self.drop(inner)))


class ByMeaning(nn.Module):
    """Two layers over a line's vector and level."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(dim + LEVELS, MEANING_WIDTH), nn.Linear(MEANING_WIDTH, classes)
        self.drop = nn.Dropout(_MEANING_DROP)

    def forward(self, columns: Tensor) -> Tensor:
        """(n, classes) of (n, dim + LEVELS)."""
        inner = nn.functional.gelu(self.first(self.drop(columns)), approximate="tanh")
        return torch.as_tensor(self.second(self.drop(inner)))


def read_by_words(lines: Lines, sample: Sample, classes: int, seed: int) -> tuple[ByWords, Readings]:
    """The reader fitted on all, its vectors rounded as they will be stored."""

    def fitted(part: Sample, seed: int) -> ByWords:
        torch.manual_seed(seed)
        rng = np.random.default_rng(seed)
        model = ByWords(classes)
        dense = [p for name, p in model.named_parameters() if not name.startswith("words")]
        optimisers = [
            torch.optim.SparseAdam(model.words.parameters(), lr=_WORD_RATE),
            torch.optim.AdamW(dense, lr=_RATE, weight_decay=0.01),
        ]

        def logits(rows: NDArray[np.int64]) -> Tensor:
            return torch.as_tensor(model([hidden(lines.features[at], rng, _WORDS_HIDDEN) for at in part.line[rows]]))

        _fit(model, optimisers, logits, part, classes, _WORD_EPOCHS, rng)
        with torch.no_grad():
            values, scale = quantised(model.words.weight.numpy())
            model.words.weight.copy_(torch.from_numpy(values * scale))
        return model

    def read(model: ByWords) -> FloatArray:
        return _in_parts(lambda part: model(lines.features[part]), len(lines))

    model = fitted(sample, seed)
    return model, _readings(lambda: read(model), lambda fold: read(fitted(sample.without(fold), seed + 1 + fold)))


def read_by_meaning(
    lines: Lines, vectors: FloatArray, sample: Sample, classes: int, seed: int
) -> tuple[ByMeaning, Readings]:
    """vectors (lines, dim), length 1."""
    columns = torch.from_numpy(
        np.concatenate([vectors * np.float32(VECTOR_GAIN), level_columns(lines.levels)], axis=1)
    )

    def fitted(part: Sample, seed: int) -> ByMeaning:
        torch.manual_seed(seed)
        model = ByMeaning(vectors.shape[1], classes)
        optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.02)
        rng = np.random.default_rng(seed)
        _fit(model, [optimiser], lambda rows: model(columns[part.line[rows]]), part, classes, _MEANING_EPOCHS, rng)
        return model

    def read(model: ByMeaning) -> FloatArray:
        return _in_parts(lambda part: model(columns[part]), len(lines))

    model = fitted(sample, seed)
    return model, _readings(lambda: read(model), lambda fold: read(fitted(sample.without(fold), seed + 1 + fold)))


def _readings(of_all: Callable[[], FloatArray], without: Callable[[int], FloatArray]) -> Readings:
    return Readings(of_all()[None], np.stack([without(fold) for fold in range(FOLDS)])[None])


def _fit(
    model: nn.Module,
    optimisers: Sequence[torch.optim.Optimizer],
    logits: Callable[[NDArray[np.int64]], Tensor],
    sample: Sample,
    classes: int,
    epochs: int,
    rng: np.random.Generator,
) -> None:
    """Softmax regression over ``logits`` of the sample's rows; rates fall to nothing. Ends in eval mode."""
    weights = weights_of(sample.label, sample.count, classes)
    labels = torch.from_numpy(sample.label)
    rates = [optimiser.param_groups[0]["lr"] for optimiser in optimisers]
    steps = epochs * -(-len(labels) // _BATCH)
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(labels))
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            losses = nn.functional.cross_entropy(
                logits(rows), labels[rows], reduction="none", label_smoothing=_SMOOTHING
            )
            for optimiser, rate in zip(optimisers, rates, strict=True):
                optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
                optimiser.zero_grad()
            (losses * weights[rows]).mean().backward()  # type: ignore[no-untyped-call]
            for optimiser in optimisers:
                optimiser.step()
            step += 1
    model.eval()


def _in_parts(read: Callable[[slice], Tensor], count: int) -> FloatArray:
    with torch.no_grad():
        parts = [read(slice(at, at + _READ_AT_ONCE)).numpy() for at in range(0, count, _READ_AT_ONCE)]
    return np.concatenate(parts)
