import math

import pytest

from loglynx.evaluation.measures import Outcome, measure


def test_what_is_always_right_and_sure_is_perfect():
    found = measure([Outcome(label, label, 1.0) for label in "aabbcc"])
    assert (found.accuracy, found.macro_f1, found.ece, found.accuracy_at_80) == (1.0, 1.0, 0.0, 1.0)
    assert found.macro_f1_interval == (1.0, 1.0)


def test_macro_f1_weighs_labels_alike_and_counts_only_those_that_occur():
    outcomes = [Outcome("a", "a", 0.5)] * 8 + [Outcome("b", "a", 0.5), Outcome("b", "x", 0.5)]
    found = measure(outcomes)
    assert found.macro_f1 == pytest.approx((16 / 17 + 0) / 2)
    assert set(found.per_class) == {"a", "b"}


def test_confidence_that_is_not_earned_is_calibration_error():
    outcomes = [Outcome("a", "a", 0.95), Outcome("a", "b", 0.95)] * 10
    assert measure(outcomes).ece == pytest.approx(0.45)


def test_too_much_and_too_little_confidence_do_not_cancel_out():
    timid = [Outcome("a", "a", 0.55)] * 10
    bold = [Outcome("a", "b", 0.45)] * 10
    assert measure(timid + bold).ece == pytest.approx(0.45)


def test_the_surest_four_fifths_leave_the_doubtful_out():
    outcomes = [Outcome("a", "a", 0.9)] * 8 + [Outcome("a", "b", 0.1)] * 2
    assert measure(outcomes).accuracy == 0.8
    assert measure(outcomes).accuracy_at_80 == 1.0


def test_what_no_row_can_judge_is_not_made_up():
    found = measure([Outcome("a", "a", 1.0)])
    assert (found.evidence_f1, found.entity_exact, found.grounding, found.language, found.latency_p50_ms) == (
        None,
    ) * 5


def test_evidence_and_names_are_counted_by_row():
    outcomes = [
        Outcome("a", "a", 1.0, evidence_hits=(1, 2, 1), entity_hits=(2, 3, 2), is_grounded=True),
        Outcome("a", "a", 1.0, evidence_hits=(0, 1, 1), entity_hits=(1, 1, 2), is_grounded=False),
    ]
    found = measure(outcomes)
    assert found.evidence_f1 == pytest.approx(1 / 3)
    assert found.entity_exact == 0.5
    assert found.entity_precision == pytest.approx((2 / 3 + 1) / 2)
    assert found.entity_recall == pytest.approx((1 + 1 / 2) / 2)
    assert found.entity_f1 == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert found.grounding == 0.5


def test_one_group_of_each_label_says_nothing_of_another():
    outcomes = [Outcome(label, label, 1.0, group=label) for label in "aabbcc"]
    assert all(math.isnan(bound) for bound in measure(outcomes).macro_f1_interval)


def test_groups_make_intervals_wider_than_rows():
    outcomes = [Outcome("a", "a" if n < 20 else "b", 0.5, group="first" if n < 20 else "second") for n in range(40)]
    alone = [Outcome(o.label, o.predicted, o.confidence) for o in outcomes]
    low, high = measure(outcomes).accuracy_interval
    alone_low, alone_high = measure(alone).accuracy_interval
    assert high - low > alone_high - alone_low
