"""Quantities and pauses: what masking hides."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from evidence_cases import LOGIN, LOGOUT, a_table, a_visit, a_window, normal_windows

from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.scorers.values import LEAST_SEEN, Values, _signed_log, _Slot, _wanders

ODD = 4.0  # nats: from here on a line counts as odd


@pytest.fixture(scope="module")
def values() -> Values:
    return Values(EvidenceTable(normal_windows(200, 0)))


def a_request(took_ms: float = 40.0, status: float = 200.0, template: int = 1) -> WindowEvidence:
    return a_window([LOGIN, template, LOGOUT], values={1: (took_ms, status)})


def requests(draw: Callable[[int], Sequence[float]], count: int = 200) -> list[WindowEvidence]:
    """``count`` windows of one line with the quantities ``draw(row)``."""
    return [a_window([1], values={0: draw(row)}) for row in range(count)]


def test_normal_quantities_are_usual(values: Values) -> None:
    scores = values.score(EvidenceTable(normal_windows(500, 1)))
    assert np.mean(scores > ODD) < 0.2
    assert np.median(scores) < ODD


def test_a_latency_five_times_the_usual_is_noticed_at_its_line(values: Values) -> None:
    table = a_table(a_request(took_ms=200.0))
    assert values.lines(table).argmax() == 1
    assert values.lines(table)[[0, 2]].tolist() == [0.0, 0.0]
    assert values.score(table)[0] > 7.0


def test_the_farther_off_the_stranger(values: Values) -> None:
    scores = values.score(a_table(*(a_request(took_ms=ms) for ms in (40.0, 61.0, 120.0, 300.0, 3_000.0))))
    assert (np.diff(scores) >= 0).all() and scores[-1] > scores[-2] > scores[-3] > scores[0]


def test_a_tenth_beyond_all_seen_is_no_news_yet(values: Values) -> None:
    just, a_tenth, more = values.score(a_table(*(a_request(took_ms=ms) for ms in (61.0, 65.0, 70.0))))
    assert just == a_tenth < more


def test_an_answer_never_given_is_noticed_and_a_rare_one_less(values: Values) -> None:
    usual, rare, never = values.score(a_table(a_request(), a_request(status=404.0), a_request(status=500.0)))
    assert usual < 1.5
    assert rare == pytest.approx(-math.log(0.05), abs=0.5)
    assert never > ODD and never > rare + 1.0


def test_a_size_of_nothing_is_noticed() -> None:
    rng = np.random.default_rng(0)
    values = Values(EvidenceTable(requests(lambda _: (float(rng.integers(900, 5_000)),))))
    usual, empty = values.score(a_table(a_window([1], values={0: (2_000.0,)}), a_window([1], values={0: (0.0,)})))
    assert usual < ODD < 8.0 < empty


def test_a_sign_that_turns_is_noticed() -> None:
    rng = np.random.default_rng(0)
    values = Values(EvidenceTable(requests(lambda _: (float(rng.uniform(10, 20)),))))
    assert values.score(a_table(a_window([1], values={0: (-15.0,)})))[0] > 8.0


@pytest.mark.parametrize(
    "draw",
    [
        lambda row: (float(row),),  # a counter
        lambda row: (1_700_000_000.0 + 60.0 * row,),  # a clock
        lambda row: (17_000_000.0 + row,),  # a counter far from 0
        lambda row: (1e6 / (1 + row),),  # what is left of something
        lambda row: (10.0 * 1.05**row,),  # growth
    ],
)
def test_what_moves_with_time_stays_silent(draw: Callable[[int], Sequence[float]]) -> None:
    values = Values(EvidenceTable(requests(draw)))
    later = a_table(a_window([1], values={0: draw(300)}), a_window([1], values={0: (5.0,)}))
    assert values.score(later).tolist() == [0.0, 0.0]


def test_a_template_seen_too_seldom_says_nothing() -> None:
    few = requests(lambda _: (5.0,), LEAST_SEEN - 1)
    odd = a_table(a_window([1], values={0: (5_000.0,)}))
    assert Values(EvidenceTable(few)).score(odd).tolist() == [0.0]
    assert Values(EvidenceTable([*few, few[0]])).score(odd)[0] > 2.0


def test_slots_and_templates_are_kept_apart() -> None:
    rng = np.random.default_rng(0)
    windows = [
        a_window([1, 2], values={0: (rng.uniform(1, 2), rng.uniform(1e3, 2e3)), 1: (rng.uniform(1e3, 2e3),)})
        for _ in range(100)
    ]
    values = Values(EvidenceTable(windows))
    usual, swapped, other = values.score(
        a_table(
            a_window([1, 2], values={0: (1.5, 1.5e3), 1: (1.5e3,)}),
            a_window([1, 2], values={0: (1.5e3, 1.5), 1: (1.5e3,)}),
            a_window([1, 2], values={0: (1.5, 1.5e3), 1: (1.5,)}),
        )
    )
    assert usual < ODD < min(swapped, other)


def test_unseen_templates_and_lines_without_quantities_say_nothing(values: Values) -> None:
    table = a_table(a_window([88, 89], values={0: (1e9,), 1: (-1.0,)}), a_window([1, 2, 3]))
    assert values.score(table).tolist() == [0.0, 0.0]


def test_a_stream_without_any_quantity_is_scored_too() -> None:
    bare = EvidenceTable([a_window([1, 2])] * 20)
    assert Values(bare).score(a_table(a_request())).tolist() == [0.0]
    assert Values.prequential(bare)[10:].tolist() == [0.0] * 10


def test_a_pause_between_two_lines_is_noticed_at_the_second(values: Values) -> None:
    quick = [math.nan, 100.0, 100.0, 100.0]
    stuck = [math.nan, 100.0, 30_000.0, 100.0]
    usual, odd = a_window([LOGIN, 1, 2, LOGOUT], gaps=quick), a_window([LOGIN, 1, 2, LOGOUT], gaps=stuck)
    assert values.score(a_table(usual))[0] < ODD
    assert values.lines(a_table(odd)).argmax() == 2
    assert values.score(a_table(odd))[0] > 8.0


def test_the_usual_pause_depends_on_both_lines_and_their_order() -> None:
    rng = np.random.default_rng(0)
    windows = [
        a_window([1, 2, 1], gaps=[math.nan, rng.uniform(8, 12), rng.uniform(8_000, 12_000)]) for _ in range(100)
    ]
    values = Values(EvidenceTable(windows))
    usual, turned = values.score(
        a_table(a_window([1, 2, 1], gaps=[math.nan, 10.0, 10_000.0]), a_window([1, 2, 1], gaps=[math.nan, 1e4, 10.0]))
    )
    assert usual < ODD < turned


def test_pauses_do_not_reach_over_the_border_of_windows(values: Values) -> None:
    whole = a_visit(np.random.default_rng(3))
    first = a_window([5, 5, 5], gaps=[math.nan] * 3)
    assert values.lines(a_table(first, whole))[3:].tolist() == values.lines(a_table(whole)).tolist()


def test_many_odd_lines_are_a_little_stranger_than_one(values: Values) -> None:
    one = a_window([1, 1, 1], values={0: (500.0, 200.0)})
    many = a_window([1, 1, 1], values=dict.fromkeys(range(3), (500.0, 200.0)))
    lone, several = values.score(a_table(one, many))
    assert lone < several < lone + 0.5


def test_windows_of_the_second_half_are_judged_by_what_came_before_their_block() -> None:
    windows = normal_windows(100, 4)
    found = Values.prequential(EvidenceTable(windows))
    assert np.isnan(found[:50]).all()
    for start, end in ((50, 67), (67, 83), (83, 100)):
        expected = Values(EvidenceTable(windows[:start])).score(EvidenceTable(windows[start:end]))
        assert np.array_equal(found[start:end], expected)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_a_handful_of_windows_can_be_calibrated_on(count: int) -> None:
    found = Values.prequential(EvidenceTable(normal_windows(count, 0)))
    assert len(found) == count


def test_a_long_run_is_thinned_without_moving_its_ends() -> None:
    run = np.random.default_rng(0).normal(size=50_000)
    thinned, whole = _Slot(run), _Slot(run[:2_000])
    assert len(thinned.ordered) <= 2_001
    assert thinned.surprise(np.array([run.max()]))[0] < 9.0
    assert thinned.surprise(np.array([run.max() + 20.0]))[0] > 20.0
    assert abs(thinned.surprise(np.array([1.5]))[0] - whole.surprise(np.array([1.5]))[0]) < 0.3


def test_surprise_within_what_was_seen_is_the_log_of_a_two_sided_share() -> None:
    slot = _Slot(np.random.default_rng(0).permutation(1_000).astype(float))
    found = slot.surprise(np.array([500.0, 9.0, 989.0]))
    assert found[0] == pytest.approx(0.0, abs=0.01)
    assert found[1:] == pytest.approx([-math.log(0.022), -math.log(0.022)], abs=0.1)


def test_noise_does_not_wander_and_a_step_does() -> None:
    rng = np.random.default_rng(0)
    wandering = [_wanders(rng.normal(size=200)) for _ in range(200)]
    assert np.mean(wandering) < 0.05
    assert _wanders(np.concatenate([rng.normal(size=50), 9.0 + rng.normal(size=50)]))


@pytest.mark.parametrize("count", [LEAST_SEEN, 20, 50])
def test_short_steady_noise_seldom_counts_as_wandering(count: int) -> None:
    rng = np.random.default_rng(0)
    assert np.mean([_wanders(0.03 * rng.normal(size=count)) for _ in range(500)]) < 0.05


def test_logs_keep_signs_and_nothing() -> None:
    assert _signed_log(np.array([-1.0, 0.0, 1.0], dtype=np.float32)).tolist() == [-math.log(2), 0.0, math.log(2)]
