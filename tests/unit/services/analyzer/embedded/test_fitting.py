"""Weights by likelihood: who is right counts, who guesses does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from services.analyzer.embedded.fitting import Judged, calibration_error, fit_mix, measure
from services.analyzer.embedded.mixing import MixWeights
from services.analyzer.embedded.opinions import CATEGORIES, CATEGORY_COLUMNS, EVIDENCE_COLUMNS, READERS, Opinions
from services.analyzer.spans import entities_of

TELLING_LINE, TELLING_CATEGORY = EVIDENCE_COLUMNS.index("linear_trouble"), CATEGORY_COLUMNS.index("linear_line")


def windows(count: int = 300, seed: int = 0) -> list[Judged]:
    """The linear reader is right three times out of four; everything else is noise."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        evidence = rng.normal(0, 1, (6, len(EVIDENCE_COLUMNS))).astype(np.float32)
        category = rng.normal(0, 1, (6, len(CATEGORIES), len(CATEGORY_COLUMNS))).astype(np.float32)
        line, name = int(rng.integers(6)), int(rng.integers(len(CATEGORIES)))
        if rng.random() < 0.75:
            evidence[line, TELLING_LINE] += 4
            category[:, name, TELLING_CATEGORY] += 5
        made.append(Judged(Opinions(evidence, category), frozenset((line,)), CATEGORIES[name]))
    return made


def test_reader_that_is_right_gets_the_weight() -> None:
    weights = fit_mix(windows())
    assert int(np.argmax(weights.evidence)) == TELLING_LINE
    assert int(np.argmax(weights.category)) == TELLING_CATEGORY
    assert min(*weights.evidence, *weights.category) >= 0.0


def test_category_that_is_often_right_starts_ahead() -> None:
    often = [replace(window, category=CATEGORIES[3]) if row % 2 else window for row, window in enumerate(windows())]
    bias = fit_mix(often).bias
    assert int(np.argmax(bias)) == 3
    assert max(map(abs, fit_mix(windows()).bias)) < bias[3]


def test_readers_left_out_get_none() -> None:
    weights = fit_mix(windows(100), ("language", "rules"))
    assert weights.evidence[TELLING_LINE] == 0.0
    assert weights.category[TELLING_CATEGORY] == 0.0


def test_confidence_is_calibrated_on_windows_that_were_not_fitted_on() -> None:
    weights = fit_mix(windows(seed=1))
    fitted = measure(windows(seed=2), weights)
    louder = replace(weights, category=tuple(5 * w for w in weights.category))
    assert fitted["calibration_error"] < 0.15
    assert measure(windows(seed=2), louder)["calibration_error"] > fitted["calibration_error"]


def test_same_windows_give_the_same_weights() -> None:
    assert fit_mix(windows(80), READERS) == fit_mix(windows(80), READERS)


def test_calibration_error_is_the_distance_of_confidence_from_accuracy() -> None:
    right = np.array([True, False, True, False])
    assert calibration_error(np.full(4, 0.9), right) == 0.4
    assert calibration_error(np.full(4, 0.5), right) == 0.0


def test_names_are_judged_by_the_lines_that_were_chosen() -> None:
    evidence = np.zeros((2, len(EVIDENCE_COLUMNS)), np.float32)
    evidence[1, TELLING_LINE] = 5.0
    category = np.zeros((2, len(CATEGORIES), len(CATEGORY_COLUMNS)), np.float32)
    lines = ("INFO api-1 ok", "ERROR fact_review and db-7 locked")
    offered = tuple((line, entities_of([(number, line)])) for number, line in enumerate(lines, 1))
    named = frozenset(("fact_review", "x_y"))
    even = (1.0,) * len(EVIDENCE_COLUMNS), (1.0,) * len(CATEGORY_COLUMNS), (0.0,) * len(CATEGORIES)
    weights = MixWeights(*even, 0.1, 0.0)
    window = Judged(Opinions(evidence, category), frozenset((1,)), CATEGORIES[0], offered, named)
    nameless = Judged(Opinions(evidence, category), frozenset((1,)), CATEGORIES[0], offered)
    found = measure([window, nameless], weights)
    assert (found["entity_precision"], found["entity_recall"], found["entity_f1"]) == (0.5, 0.5, 0.5)
    assert measure([nameless], weights)["entity_f1"] == 0.0
