from __future__ import annotations

import math

import numpy as np
import pytest
from bench_cases import a_case

from loglynx.bench.localisation import localise
from loglynx.bench.task import Case

ALL = np.ones(3, dtype=bool)


def test_places_of_wrong_lines_among_hits() -> None:
    cases = [a_case(*"abcd", wrong=(2,)), a_case(*"abcd", wrong=(0, 3)), a_case(*"abcd")]
    lines = [np.array([1.0, 2.0, 9.0, 0.0]), np.array([0.0, 3.0, 2.0, 1.0]), np.array([9.0, 9.0, 9.0, 9.0])]
    found = localise(cases, lines, ALL)
    assert (found.hits, found.top1, found.top3) == (2, 0.5, 1.0), "the second has a wrong line in third place"
    assert (found.lines, found.wrong_lines) == (12, 3)
    missed = localise(cases, lines, np.array([True, False, True]))
    assert (missed.hits, missed.top1) == (1, 1.0)


def test_equal_lines_stand_in_the_order_of_the_window() -> None:
    found = localise([a_case(*"abcd", wrong=(3,))], [np.zeros(4)], ALL[:1])
    assert (found.top1, found.top3) == (0.0, 0.0), "a detector that says nothing gets nothing"


def test_lines_that_were_not_read_come_last() -> None:
    found = localise([a_case(*"abcd", wrong=(3,))], [np.array([-5.0, -5.0])], ALL[:1])
    assert found.top3 == 0.0
    assert found.average_precision == pytest.approx(1 / 4)


def test_windows_without_line_truth_are_not_asked() -> None:
    found = localise([Case((), True), Case(a_case("a").events, True)], [np.zeros(0), np.zeros(1)], ALL[:2])
    assert (found.hits, found.lines) == (0, 0)
    assert math.isnan(found.top1)
    assert math.isnan(found.oracle_f1)
