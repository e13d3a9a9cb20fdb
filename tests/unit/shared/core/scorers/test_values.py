"""Quantities and pauses: what masking hides."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from evidence_cases import LOGIN, LOGOUT, a_table, a_visit, a_window, normal_windows

from shared.core.evidence import EvidenceTable, WindowEvidence
from shared.core.scorers.slots import LEAST_SEEN
from shared.core.scorers.values import FEWEST_PAUSES, Pace, Pauses, Values, _signed_log

ODD = 4.0  # nats: from here on a line counts as odd


@pytest.fixture(scope="module")
def values() -> Values:
    return Values(EvidenceTable(normal_windows(200, 0)))


@pytest.fixture(scope="module")
def pauses() -> Pauses:
    return Pauses(EvidenceTable(normal_windows(200, 0)))


@pytest.fixture(scope="module")
def pace() -> Pace:
    return Pace(EvidenceTable(normal_windows(200, 0)))


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


def test_a_pause_between_two_lines_is_noticed_at_the_second(pauses: Pauses) -> None:
    quick = [math.nan, 100.0, 100.0, 100.0]
    stuck = [math.nan, 100.0, 30_000.0, 100.0]
    usual, odd = a_window([LOGIN, 1, 2, LOGOUT], gaps=quick), a_window([LOGIN, 1, 2, LOGOUT], gaps=stuck)
    assert pauses.score(a_table(usual))[0] < ODD
    assert pauses.lines(a_table(odd)).argmax() == 2
    assert pauses.score(a_table(odd))[0] > 8.0


def test_the_usual_pause_depends_on_both_lines_and_their_order() -> None:
    rng = np.random.default_rng(0)
    windows = [
        a_window([1, 2, 1], gaps=[math.nan, rng.uniform(8, 12), rng.uniform(8_000, 12_000)]) for _ in range(100)
    ]
    pauses = Pauses(EvidenceTable(windows))
    usual, turned = pauses.score(
        a_table(a_window([1, 2, 1], gaps=[math.nan, 10.0, 10_000.0]), a_window([1, 2, 1], gaps=[math.nan, 1e4, 10.0]))
    )
    assert usual < ODD < turned


def test_pauses_do_not_reach_over_the_border_of_windows(pauses: Pauses) -> None:
    whole = a_visit(np.random.default_rng(3))
    first = a_window([5, 5, 5], gaps=[math.nan] * 3)
    assert pauses.lines(a_table(first, whole))[3:].tolist() == pauses.lines(a_table(whole)).tolist()


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


def test_logs_keep_signs_and_nothing() -> None:
    assert _signed_log(np.array([-1.0, 0.0, 1.0], dtype=np.float32)).tolist() == [-math.log(2), 0.0, math.log(2)]


def records(draw: Callable[[int], dict[int, float]], count: int = 200) -> EvidenceTable:
    """``count`` windows of one line with the attributes ``draw(row)``."""
    return EvidenceTable([a_window([1], attributes={0: draw(row)}) for row in range(count)])


def test_a_field_beside_the_message_is_judged_by_its_name_and_not_its_place() -> None:
    rng = np.random.default_rng(0)
    values = Values(records(lambda _: {8: float(rng.uniform(10, 20)), 6: float(rng.uniform(1e3, 2e3))}))
    moved, odd = values.score(a_table(
        a_window([1], attributes={0: {6: 1.5e3, 8: 15.0}}), a_window([1], attributes={0: {8: 150.0, 6: 1.5e3}})
    ))  # fmt: skip
    assert moved < ODD < 7.0 < odd


def test_a_failure_among_answers_that_never_failed_is_stranger_than_another_success() -> None:
    values = Values(records(lambda row: {8: 200.0 if row % 3 else 304.0}))
    usual, created, failed = values.score(a_table(*(a_window([1], attributes={0: {8: s}}) for s in (200, 201, 500))))
    assert usual < 1.0 < created and failed == pytest.approx(created + 3.0)


def test_a_word_never_used_in_a_field_is_noticed_and_a_new_name_among_many_is_not() -> None:
    states = Values(records(lambda row: {9: float(row % 2)}))
    assert states.score(a_table(a_window([1], attributes={0: {9: 7.0}})))[0] > 5.0
    assert states.score(a_table(a_window([1], attributes={0: {9: 1.0}})))[0] < 1.0
    names = Values(records(lambda row: {9: float(row % 50)}))
    assert names.score(a_table(a_window([1], attributes={0: {9: 77.0}}))).tolist() == [0.0]


def test_words_that_came_once_make_the_next_new_one_less_strange() -> None:
    settled = Values(records(lambda row: {9: float(row % 2)}))
    growing = Values(records(lambda row: {9: float(row % 2) if row > 4 else 10.0 + row}))
    new = a_table(a_window([1], attributes={0: {9: 7.0}}))
    assert growing.score(new)[0] < settled.score(new)[0] - 1.0


def paced(factor: float, count: int = 60) -> EvidenceTable:
    """Normal windows of which every line comes ``factor`` times as fast."""
    rng = np.random.default_rng(9)
    windows = [a_visit(rng) for _ in range(count)]
    return EvidenceTable([replace(window, gaps=window.gaps / np.float32(factor)) for window in windows])


def test_a_usual_pace_is_no_news_and_one_three_times_as_fast_or_slow_is(pace: Pace) -> None:
    usual, fast, slow = (pace.score(paced(factor)) for factor in (1.0, 3.0, 1 / 3))
    assert np.median(usual) < 1.5
    assert min(fast.min(), slow.min()) > max(5.0, usual.max())


def test_other_lines_do_not_make_another_pace() -> None:
    rng = np.random.default_rng(0)
    slow, quick = ([1, 2] * 5, [math.nan, *[1_000.0] * 9]), ([3, 4] * 5, [math.nan, *[10.0] * 9])
    windows = []
    for row in range(100):
        templates, gaps = slow if row % 2 else quick
        windows.append(a_window(templates, gaps=np.array(gaps) * rng.uniform(0.9, 1.1, 10)))
    pace = Pace(EvidenceTable(windows))
    assert pace.score(a_table(windows[0], windows[1])).max() < 3.0
    assert pace.score(a_table(a_window(*slow[:1], gaps=np.array(slow[1]) / 5)))[0] > 5.0


def test_one_long_silence_is_a_slow_pace(pace: Pace) -> None:
    gaps = [math.nan, 100.0, 100.0, 30_000.0, 100.0]
    assert pace.score(a_table(a_window([LOGIN, 1, 2, 3, LOGOUT], gaps=gaps)))[0] > 5.0


def test_one_night_among_the_days_does_not_hide_a_slow_pace() -> None:
    windows = normal_windows(200, 0)
    windows[3] = replace(windows[3], gaps=windows[3].gaps * np.float32(10_000))
    assert Pace(EvidenceTable(windows)).score(paced(1 / 3)).min() > 5.0


def test_without_times_or_with_few_there_is_no_pace(pace: Pace) -> None:
    few = [math.nan, *[100.0] * (FEWEST_PAUSES - 1)]
    table = a_table(a_window([1, 2, 3]), a_window([1] * FEWEST_PAUSES, gaps=few))
    assert np.isnan(pace.score(table)).all()
    assert np.isnan(Pace(a_table(a_window([1, 2]))).score(paced(1.0, 2))).tolist() == [False, False]
