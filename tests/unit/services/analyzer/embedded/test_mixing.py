"""How opinions become one answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from services.analyzer.embedded.mixing import MixWeights, mix
from services.analyzer.embedded.opinions import CATEGORIES, CATEGORY_COLUMNS, EVIDENCE_COLUMNS, Opinions
from shared.core.taxonomy import Category

WEIGHTS = MixWeights(
    (1.0,) * len(EVIDENCE_COLUMNS), (1.0,) * len(CATEGORY_COLUMNS), (0.0,) * len(CATEGORIES), 0.5, 0.3
)
DISK = CATEGORIES.index(Category.DISK_FULL)


def opinions(evidence: list[float], disk: float) -> Opinions:
    """One column speaks of the lines, one for a full disk at every line."""
    lines = np.zeros((len(evidence), len(EVIDENCE_COLUMNS)), np.float32)
    lines[:, 0] = evidence
    category = np.zeros((len(evidence), len(CATEGORIES), len(CATEGORY_COLUMNS)), np.float32)
    category[:, DISK, 0] = disk
    return Opinions(lines, category)


def test_best_line_and_those_near_it_are_cited() -> None:
    assert mix(opinions([0.0, 3.0, 2.6, 1.0], 9.0), WEIGHTS).lines == (1, 2)


def test_no_more_than_three_lines_are_cited() -> None:
    assert len(mix(opinions([1.0] * 9, 9.0), WEIGHTS).lines) == 3


def test_likeliest_category_is_answered_with_its_probability() -> None:
    found = mix(opinions([1.0], 9.0), WEIGHTS)
    assert found.category is Category.DISK_FULL
    assert found.confidence > 0.99


def test_unlikely_category_is_called_unknown() -> None:
    found = mix(opinions([1.0], 0.5), WEIGHTS)
    assert found.category is Category.UNKNOWN
    assert found.confidence < 0.3


def test_column_without_weight_says_nothing() -> None:
    weights = replace(WEIGHTS, category=(0.0,) * len(CATEGORY_COLUMNS), least=0.0)
    np.testing.assert_allclose(mix(opinions([1.0], 9.0), weights).shares, 1 / len(CATEGORIES), rtol=1e-5)


def test_excluded_category_is_never_answered() -> None:
    found = mix(opinions([1.0], 9.0), WEIGHTS, frozenset((Category.DISK_FULL,)))
    assert found.category is not Category.DISK_FULL
    assert found.shares[DISK] == 0.0


def test_doubt_between_lines_is_doubt_between_their_categories() -> None:
    said = opinions([2.0, 2.0, -9.0], 0.0)
    timeout = CATEGORIES.index(Category.TIMEOUT)
    said.category[0, DISK, 0] = said.category[1, timeout, 0] = said.category[2, 0, 0] = 30.0
    found = mix(said, WEIGHTS)
    np.testing.assert_allclose(found.shares[[DISK, timeout]], 0.5, atol=1e-4)


def test_line_that_is_not_to_be_cited_names_nothing_either() -> None:
    said = opinions([5.0, 1.0], 0.0)
    said.category[0, DISK, 0] = said.category[1, CATEGORIES.index(Category.TIMEOUT), 0] = 30.0
    found = mix(said, WEIGHTS, beside=frozenset((0,)))
    assert (found.main_line, found.category) == (1, Category.TIMEOUT)
    assert found.shares[DISK] < 1e-6


def test_category_starts_with_its_bias() -> None:
    bias = tuple(2.0 if at == DISK else 0.0 for at in range(len(CATEGORIES)))
    found = mix(opinions([1.0], 0.0), replace(WEIGHTS, bias=bias))
    assert CATEGORIES[int(found.shares.argmax())] is Category.DISK_FULL
