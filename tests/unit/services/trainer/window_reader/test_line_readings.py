"""Readers of lines: they learn, and those that are asked of a fold never saw it."""

from __future__ import annotations

import numpy as np
import pytest

from services.trainer.fit_line_model import Plan, weights_of
from services.trainer.window_reader.corpus import FOLDS, Lines
from services.trainer.window_reader.line_readings import (
    Readings,
    Sample,
    read_by_meaning,
    read_by_words,
    read_linear,
)
from shared.core.line_features import BUCKETS
from shared.core.line_scoring import LineWeights

CLASSES, COUNT, DIM = 3, 480, 6


def lines_and_sample() -> tuple[Lines, np.ndarray, Sample]:
    """A word of its own for each class in each fold, and a vector that tells the class in every fold but 0."""
    rng = np.random.default_rng(0)
    label, fold = rng.integers(0, CLASSES, COUNT), rng.integers(0, FOLDS, COUNT)
    lines = Lines()
    for one, part in zip(label, fold, strict=True):
        noise = rng.choice(np.arange(1_000, 1_400), 3, replace=False)
        lines.features.append(np.sort([*noise, 10 * part + one, 10 * part + one + 500]).astype(np.int32))
        lines.templates.append("")
        lines.levels.append(None)
    vectors = rng.normal(0, 0.05, (COUNT, DIM)).astype(np.float32)
    vectors[np.arange(COUNT), np.where(fold == 0, 3 + label, label)] += 1.0
    return lines, vectors, Sample(np.arange(COUNT), label, fold, np.ones(COUNT, np.float32))


def right(readings: Readings, sample: Sample, is_held_out: bool) -> float:
    said = readings.held_out[0, sample.fold, sample.line] if is_held_out else readings.of_all[0, sample.line]
    return float((said.argmax(1) == sample.label).mean())


@pytest.mark.parametrize("kind", ["linear", "words"])
def test_words_of_a_fold_are_unknown_to_its_reader(kind: str) -> None:
    lines, _, sample = lines_and_sample()
    if kind == "words":
        _, readings = read_by_words(lines, sample, CLASSES, seed=0)
    else:
        shipped = LineWeights(np.zeros((BUCKETS, CLASSES), np.float32), np.zeros(CLASSES, np.float32))
        readings = read_linear(lines, sample, CLASSES, shipped, Plan(epochs=20, rate=0.05, batch=32))
        assert not readings.of_all.any()  # the model that ships, which knows nothing here
    assert right(readings, sample, is_held_out=True) < 0.6
    if kind == "words":
        assert right(readings, sample, is_held_out=False) > right(readings, sample, is_held_out=True)


def test_meaning_that_folds_share_is_known_to_all_their_readers() -> None:
    lines, vectors, sample = lines_and_sample()
    _, readings = read_by_meaning(lines, vectors, sample, CLASSES, seed=0)
    apart = Sample(*(part[sample.fold == 0] for part in (sample.line, sample.label, sample.fold, sample.count)))
    shared = Sample(*(part[sample.fold != 0] for part in (sample.line, sample.label, sample.fold, sample.count)))
    assert right(readings, shared, is_held_out=True) > 0.9
    assert right(readings, apart, is_held_out=True) < 0.6


def test_rare_classes_and_rare_lines_weigh_more_than_their_number() -> None:
    weights = weights_of(np.array([0, 0, 0, 0, 1]), np.array([100.0, 1, 1, 1, 1], np.float32), 2).numpy()
    assert weights[4] > weights[1]
    assert weights[0] < 100 * weights[1]
