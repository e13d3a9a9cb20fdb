"""What is read off a window directly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evidence_cases import a_table, a_window, changing_windows, normal_windows

from shared.core.evidence import EvidenceTable
from shared.core.scorers.readings import Context, Head, Length, Variance, Words, _median_of


@pytest.fixture(scope="module")
def normal() -> EvidenceTable:
    return EvidenceTable(normal_windows(200, 0))


def test_the_head_is_read_as_log_odds(normal: EvidenceTable) -> None:
    low, high = Head(normal).score(a_table(a_window([1] * 10, head=0.5), a_window([1] * 10, head=0.9)))
    assert low == pytest.approx(0.0) and high == pytest.approx(math.log(9))


@pytest.mark.parametrize("fit", [Head, Variance])
def test_the_shape_of_a_short_window_is_not_judged(fit: type[Head] | type[Variance], normal: EvidenceTable) -> None:
    short, whole = fit(normal).score(a_table(a_window([1] * 4), a_window([1] * 10)))
    assert math.isnan(short) and math.isfinite(whole)


def test_surprise_beyond_what_a_template_usually_costs_is_context(normal: EvidenceTable) -> None:
    context = Context(normal)
    lines = context.lines(a_table(a_window([1, 2, 3], surprise=[0.5, 4.5, 0.1])))
    assert lines[1] == pytest.approx(4.0, abs=0.05)
    assert lines[0] < 0.1 and lines[2] == 0.0


def test_a_template_that_always_surprises_the_model_is_no_context() -> None:
    windows = [a_window([1, 2, 9], surprise=[0.4, 0.5, 6.0]) for _ in range(100)]
    context = Context(EvidenceTable(windows))
    assert context.score(a_table(a_window([1, 2, 9], surprise=[0.4, 0.5, 6.0])))[0] == 0.0
    assert context.score(a_table(a_window([1, 2, 9], surprise=[6.0, 0.5, 6.0])))[0] == pytest.approx(5.6 / 3)


def test_an_unseen_template_is_measured_by_the_median_of_all_events(normal: EvidenceTable) -> None:
    (line,) = Context(normal).lines(a_table(a_window([88], surprise=2.5)))
    assert line == pytest.approx(2.5 - np.median(normal.surprise))


def test_one_event_out_of_line_raises_the_variance_and_an_odd_whole_does_not(normal: EvidenceTable) -> None:
    variance = Variance(normal)
    usual = variance.score(EvidenceTable(normal_windows(100, 1)))
    one, whole = variance.score(
        a_table(a_window([1] * 10, surprise=[0.5] * 9 + [5.0]), a_window([1] * 10, surprise=[5.0] * 10))
    )
    assert one > usual.max() and whole <= usual.max()


def test_bad_words_count_and_count_more_when_rare(normal: EvidenceTable) -> None:
    words = Words(normal)
    calm, known, new = words.score(
        a_table(
            a_window([0, 1, 2, 5]),
            a_window([0, 1, 2, 5], trouble={1: 0.9}),
            a_window([0, 1, 88, 5], trouble={2: 0.9}),
        )
    )
    assert calm < 0 < known < new
    assert new - known == pytest.approx(math.log(200) + 1, abs=0.2)


def test_words_that_stand_in_every_window_are_no_news_beyond_themselves() -> None:
    windows = [a_window([0, 1, 9], trouble={2: 0.9}) for _ in range(100)]
    words = Words(EvidenceTable(windows))
    assert words.lines(a_table(windows[0]))[2] == pytest.approx(math.log(9))


def test_each_further_bad_line_adds_a_little(normal: EvidenceTable) -> None:
    one, three = Words(normal).score(
        a_table(a_window([0, 1, 2, 5], trouble={1: 0.9}), a_window([0, 1, 1, 1], trouble={1: 0.9, 2: 0.9, 3: 0.9}))
    )
    assert one < three < one + 0.2


def test_the_worst_line_is_named(normal: EvidenceTable) -> None:
    assert Words(normal).lines(a_table(a_window([0, 1, 2, 3, 5], trouble={3: 0.8}))).argmax() == 3


def test_a_length_is_odd_by_its_distance_from_the_usual_one() -> None:
    length = Length(EvidenceTable(changing_windows(200, 0)))
    usual, long, endless, lone = length.score(
        a_table(a_window([1] * 8), a_window([1] * 30), a_window([1] * 300), a_window([1]))
    )
    assert usual < 1 < math.log(100.0) < long < endless
    assert lone > math.log(100.0)


def test_a_length_below_all_seen_is_odd_though_others_are_far_longer_than_most() -> None:
    lengths = [20] * 150 + [21] * 100 + [24] * 30 + [14] * 5 + [45] * 3
    length = Length(EvidenceTable([a_window([1] * count) for count in lengths]))
    longest, shortest, shorter = length.score(a_table(a_window([1] * 45), a_window([1] * 14), a_window([1] * 11)))
    assert shortest < longest < math.log(len(lengths)) < shorter


def test_where_a_rule_fixes_the_length_it_says_nothing(normal: EvidenceTable) -> None:
    assert np.isnan(Length(normal).score(a_table(a_window([1] * 10), a_window([1] * 3)))).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_medians_by_group_are_those_of_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = np.concatenate([np.arange(7), rng.integers(0, 7, 50)])
    values = rng.normal(size=57)
    found = _median_of(group, values, 7)
    assert found.tolist() == [float(np.quantile(values[group == g], 0.5, method="lower")) for g in range(7)]
