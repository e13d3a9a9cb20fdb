from __future__ import annotations

import numpy as np
import pytest
from bench_cases import events_of
from sklearn.feature_extraction.text import TfidfTransformer

from loglynx.bench.counts import CountVectors, of_events

FIT = [events_of("a", "a", "b"), events_of("a"), events_of("c", "b")]


def test_counts_by_template_with_the_new_ones_in_the_last_column() -> None:
    vectors = CountVectors()
    assert vectors.fit(FIT).matrix.toarray().tolist() == [[2, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0]]
    read = vectors.read([events_of("x", "a", "y", "x"), events_of()])
    assert read.matrix.toarray().tolist() == [[1, 0, 0, 3], [0, 0, 0, 0]]
    assert [columns.tolist() for columns in read.columns] == [[3, 0, 3, 3], []]


def test_new_templates_stay_new() -> None:
    vectors = CountVectors()
    vectors.fit(FIT)
    assert vectors.read([events_of("x")]).columns[0].tolist() == [3]
    assert vectors.read([events_of("x", "y")]).columns[0].tolist() == [3, 3]


def test_weights_are_those_of_scikit_learn() -> None:
    vectors = CountVectors()
    counted = vectors.fit(FIT)
    expected = TfidfTransformer().fit_transform(counted.matrix).toarray()
    assert vectors.weighted(counted.matrix).toarray() == pytest.approx(expected)
    assert vectors.idf[3] == vectors.idf.max(), "nothing is rarer than what was never seen"


def test_what_a_matrix_holds_for_each_event() -> None:
    vectors = CountVectors()
    counted = vectors.fit(FIT)
    assert [row.tolist() for row in of_events(counted.matrix, counted.columns)] == [[2, 2, 1], [1], [1, 1]]


def test_an_empty_window_weighs_nothing() -> None:
    vectors = CountVectors()
    vectors.fit(FIT)
    assert not np.isnan(vectors.weighted(vectors.read([events_of()]).matrix).toarray()).any()
