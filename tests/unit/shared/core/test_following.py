"""A stream followed: learnt, judged, kept up with, and learnt again when it has changed for good."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from evidence_cases import a_visit, a_window, normal_windows

from shared.core.baseline import Baseline, Judgement
from shared.core.evidence import WindowEvidence
from shared.core.following import Followed, Follower, is_troubled

BUDGET = 0.001
LEARN = 60


def judge_anyone(window: WindowEvidence) -> Judgement:
    return Judgement({"words": 1.0}, 0.5, np.zeros(len(window), np.float32))


def a_follower(baseline: Baseline | None = None, waiting: Sequence[WindowEvidence] = ()) -> Follower:
    return Follower(baseline or Baseline(LEARN), BUDGET, judge_anyone, waiting)


def a_ready_baseline() -> Baseline:
    return Baseline(LEARN).observe(normal_windows(LEARN, 0))


def another_normal(count: int, seed: int) -> list[WindowEvidence]:
    rng = np.random.default_rng(seed)
    return [a_visit(rng, pages=(21, 22, 23, 24)) for _ in range(count)]


def outcome(followed: Sequence[Followed]) -> list[tuple[bool, bool, bool, float]]:
    return [(f.is_learning, f.is_flagged, f.is_turn, round(f.judgement.strangeness, 3)) for f in followed]


def test_it_learns_first_and_flags_nothing_meanwhile() -> None:
    follower = a_follower()
    followed = follower.follow([*normal_windows(LEARN - 1, 0), a_window([50] * 10, trouble=0.99)])
    assert all(f.is_learning and not f.is_flagged for f in followed)
    assert {f.judgement.strangeness for f in followed} == {0.5}
    assert follower.baseline.is_ready and not follower.waiting


@pytest.mark.parametrize("pieces", [1, 7, 100])
def test_pieces_make_no_difference(pieces: int) -> None:
    strange = a_window([0, 1, 2, 66, 3, 4, 1, 2, 3, 5], trouble={3: 0.95})
    windows = [*normal_windows(130, 1), strange, *normal_windows(100, 2), *another_normal(120, 3)]
    whole, follower = a_follower(), a_follower()
    at_once = whole.follow(windows)
    in_pieces: list[Followed] = []
    for start in range(0, len(windows), pieces):
        in_pieces += follower.follow(windows[start : start + pieces])
    assert outcome(in_pieces) == outcome(at_once)
    assert len(follower.waiting) == len(whole.waiting)
    assert follower.baseline.progress == whole.baseline.progress


def test_what_passes_is_learnt_and_what_is_flagged_is_not() -> None:
    follower = a_follower(a_ready_baseline())
    strange = a_window([0, 1, 2, 66, 3, 4, 1, 2, 3, 5], trouble={3: 0.95})
    followed = follower.follow([*normal_windows(LEARN, 1), strange, *normal_windows(10, 2)])
    assert followed[LEARN].is_flagged
    assert follower.baseline.is_ready and len(follower.baseline.windows) >= 2 * LEARN - 3
    assert all(66 not in window.template_ids for window in [*follower.baseline.windows, *follower.waiting])


def test_windows_that_waited_before_count() -> None:
    follower = a_follower(a_ready_baseline(), waiting=normal_windows(LEARN - 1, 1))
    calm = next(w for w in normal_windows(20, 2) if not a_follower(a_ready_baseline()).follow([w])[0].is_flagged)
    follower.follow([calm])
    assert len(follower.baseline.windows) == 2 * LEARN and not follower.waiting


def test_a_change_for_good_is_turned_to_once_and_becomes_normal() -> None:
    follower = a_follower(a_ready_baseline())
    followed = follower.follow(another_normal(200, 4))
    turn = next(row for row, f in enumerate(followed) if f.is_turn)
    assert 15 <= turn <= 25 and sum(f.is_turn for f in followed) == 1
    assert all(f.is_learning for f in followed[turn + 1 : turn + 1 + LEARN])
    assert follower.baseline.is_ready
    assert np.mean([f.is_flagged for f in followed[turn + 1 + LEARN :]]) < 0.1


def test_what_waited_before_a_change_is_not_learnt_with_it() -> None:
    follower = a_follower(a_ready_baseline(), waiting=normal_windows(5, 1))
    followed = follower.follow(another_normal(18, 4))
    while not followed[-1].is_turn:
        followed += follower.follow(another_normal(1, len(followed)))
    assert not follower.waiting and follower.baseline.has_drifted


def test_a_flood_of_trouble_is_never_turned_to() -> None:
    follower = a_follower(a_ready_baseline())
    flood = [a_window([0, *[21, 22] * 4, 5], trouble=dict.fromkeys(range(1, 9), 0.95))] * 100
    followed = follower.follow(flood)
    assert all(f.is_flagged and not f.is_turn for f in followed)
    assert len(follower.baseline.windows) == LEARN


def test_trouble_is_flagged_and_not_learnt_while_it_learns_again() -> None:
    follower = a_follower(a_ready_baseline())
    while not follower.baseline.has_drifted:
        follower.follow(another_normal(1, 5))
    trouble = a_window([0, *[31, 32] * 4, 5], trouble=dict.fromkeys(range(1, 9), 0.97))
    followed = follower.follow([*another_normal(5, 6), trouble, *another_normal(5, 7)])
    assert [f.is_flagged for f in followed] == [False] * 5 + [True] + [False] * 5
    assert follower.baseline.progress[0] == LEARN + 10


def test_bad_words_that_a_stream_always_says_are_no_trouble() -> None:
    window = a_window([1, 2], trouble=0.9)
    rare, usual = (
        Judgement({"words": 0.01}, 9.0, np.zeros(2, np.float32)),
        Judgement({"words": 0.6}, 9.0, np.zeros(2)),
    )
    assert is_troubled(window, rare) and not is_troubled(window, usual)
    assert not is_troubled(a_window([1, 2], trouble=0.1), rare)
    assert is_troubled(window, Judgement({}, 9.0, np.zeros(2, np.float32)))  # nobody knows what is usual here
