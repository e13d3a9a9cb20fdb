"""What the window reader learns from: lines once, and in which part of the templates they stand."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from services.trainer.datasets.incidents.splitting import Split
from services.trainer.window_reader.corpus import FOLDS, Corpus, draw_corpus
from shared.core.taxonomy import Category

CATEGORIES = tuple(sorted(set(Category) - {Category.NEW_BEHAVIOUR, Category.MISSING_EVENTS, Category.VOLUME_CHANGE}))
COUNTS = {Split.TRAIN: 150, Split.VALIDATION: 20, Split.TEST: 20}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return draw_corpus(COUNTS, CATEGORIES, seed=0)


def test_same_seed_gives_the_same_windows(corpus: Corpus) -> None:
    again = draw_corpus(COUNTS, CATEGORIES, seed=0)
    np.testing.assert_array_equal(again.windows[Split.TRAIN].lines, corpus.windows[Split.TRAIN].lines)
    other = draw_corpus(COUNTS, CATEGORIES, seed=1)
    assert other.lines.templates != corpus.lines.templates


def test_evidence_lies_on_lines_that_are_there_and_of_the_category(corpus: Corpus) -> None:
    for windows in corpus.windows.values():
        assert windows.is_evidence.any(1).all()
        assert not (windows.is_evidence & ~windows.is_there).any()
        for row, category in enumerate(windows.category):
            assert set(windows.line_class[row, windows.is_evidence[row]]) == {category + 1}


def test_no_template_stands_in_two_folds(corpus: Corpus) -> None:
    windows = corpus.windows[Split.TRAIN]
    folds: dict[int, set[int]] = defaultdict(set)
    is_trouble = windows.is_there & (windows.line_class > 0)
    for line, fold in zip(windows.lines[is_trouble], windows.fold[is_trouble], strict=True):
        folds[int(line)].add(int(fold))
    assert all(len(found) == 1 for found in folds.values())
    assert {fold for found in folds.values() for fold in found} == set(range(FOLDS))
