"""Which template follows which."""

from __future__ import annotations

import numpy as np
import pytest
from evidence_cases import (
    LOGIN,
    LOGOUT,
    a_table,
    a_window,
    changing_windows,
    normal_windows,
    scores_by_what_came_before,
)

from shared.core.evidence import EvidenceTable
from shared.core.scorers.order import Order


@pytest.fixture(scope="module")
def order() -> Order:
    return Order(EvidenceTable(normal_windows(200, 0)))


@pytest.fixture(scope="module")
def usual(order: Order) -> float:
    """The strangest of 200 other normal windows."""
    return float(order.score(EvidenceTable(normal_windows(200, 1))).max())


def test_lines_in_another_order_stand_out(order: Order, usual: float) -> None:
    assert order.score(a_table(a_window([LOGOUT, 1, 2, 3, 4, 1, 2, 3, 4, LOGIN])))[0] > usual
    assert order.score(a_table(a_window([LOGIN, 1, 2, LOGOUT, LOGIN, LOGOUT, 1, 2, 3, LOGOUT])))[0] > usual


def test_pages_may_come_in_any_order(order: Order, usual: float) -> None:
    assert order.score(a_table(a_window([LOGIN, 4, 4, 4, 3, 3, 2, 2, 1, LOGOUT])))[0] <= usual + 0.1


def test_a_window_that_ends_in_the_middle_says_so_at_its_last_line(order: Order) -> None:
    whole = order.lines(a_table(a_window([LOGIN, 1, 2, 3, LOGOUT])))
    cut = order.lines(a_table(a_window([LOGIN, 1, 2, 3])))
    assert np.array_equal(cut[:3], whole[:3])
    assert cut[3] > whole[3] + 3.0
    assert cut.argmax() == 3


def test_the_line_that_comes_out_of_turn_is_named(order: Order) -> None:
    lines = order.lines(a_table(a_window([LOGIN, 1, 2, LOGIN, 3, 4, LOGOUT])))
    assert lines.argmax() == 3


def test_surprise_is_the_log_of_a_smoothed_share() -> None:
    order = Order(a_table(*[a_window([1, 2])] * 9, a_window([1, 3])))
    # 10 windows, 30 transitions, 3 templates, the edge and the unknown
    marginal = (9 + 0.5) / (30 + 0.5 * 5)
    assert order.lines(a_table(a_window([1, 2])))[1] == pytest.approx(-np.log((9 + marginal) / 11))


def test_windows_do_not_run_into_each_other(order: Order) -> None:
    windows = [a_window([LOGIN, 1, 2, LOGOUT]), a_window([LOGIN, 3, LOGOUT]), a_window([2, LOGOUT])]
    together = order.lines(EvidenceTable(windows))
    assert np.array_equal(together, np.concatenate([order.lines(a_table(window)) for window in windows]))


def test_unknown_templates_are_all_alike_to_it(order: Order) -> None:
    one, other = order.score(a_table(a_window([LOGIN, 60, LOGOUT]), a_window([LOGIN, 61, LOGOUT])))
    assert one == other


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_window_is_as_strange_as_a_scorer_of_those_before_it_says(seed: int) -> None:
    windows = changing_windows(60, seed)
    found = Order.prequential(EvidenceTable(windows))
    assert np.isfinite(found).all()
    assert np.allclose(found[1:], scores_by_what_came_before(Order, windows)[1:])
