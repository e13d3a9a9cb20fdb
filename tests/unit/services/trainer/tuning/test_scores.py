"""What is promoted, and what is not."""

from __future__ import annotations

import pytest

from services.trainer.tuning.rows import TuneRow
from services.trainer.tuning.scores import Compared, Score, category_of, decide, score


def scored(right: int, rows: int) -> Score:
    return Score(tuple(place < right for place in range(rows)), {})


def compared(before: int, after: int, rows: int) -> Compared:
    return Compared(scored(before, rows), scored(after, rows))


KEPT = compared(90, 90, 100)


def test_a_rise_that_forgets_nothing_is_promoted() -> None:
    assert decide(compared(10, 11, 50), KEPT).is_promoted


@pytest.mark.parametrize("after", [9, 10])
def test_no_rise_is_no_promotion(after: int) -> None:
    decision = decide(compared(10, after, 50), KEPT)
    assert decision.reasons == (f"the unseen score does not rise: 10 of 50 right before, {after} after",)


@pytest.mark.parametrize(
    ("before", "after", "rows", "is_promoted"),
    [(90, 88, 100, True), (90, 87, 100, False), (40, 39, 49, False), (1, 0, 50, True), (3, 9, 9, True)],
)
def test_two_points_may_be_forgotten_and_no_more(before: int, after: int, rows: int, is_promoted: bool) -> None:
    assert decide(compared(10, 20, 50), compared(before, after, rows)).is_promoted is is_promoted


def test_what_was_not_measured_is_no_reason_to_promote() -> None:
    nothing = compared(0, 0, 0)
    assert not decide(nothing, KEPT).is_promoted
    assert not decide(compared(10, 20, 50), nothing).is_promoted
    assert len(decide(nothing, nothing).reasons) == 2


def test_gains_and_losses_are_counted_row_by_row() -> None:
    change = Compared(Score((True, False, False), {}), Score((False, True, True), {}))
    assert (change.gained, change.lost) == (2, 1)


def test_only_the_exact_category_is_right() -> None:
    rows = [TuneRow(str(n), "test", (), "disk_full", ()) for n in range(4)]
    answers = ['{"category": "disk_full"}', '{"category": "timeout"}', "", "disk_full"]
    found = score(rows, answers)
    assert found.is_right == (True, False, False, False)
    assert found.by_category == {"disk_full": (1, 4)}
    assert found.accuracy == 0.25


@pytest.mark.parametrize("text", ["", "[]", "{", '{"kategory": 1}', "null", "[" * 100_000])
def test_an_answer_without_a_category_names_none(text: str) -> None:
    assert category_of(text) == ""
