"""How sequences are dealt to folds and test: whole groups, each label, the same every time."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from services.trainer.pipelines.deeplog.sequences import TEST, Row, deal


def rows(groups: int = 10, of_each: int = 3) -> list[Row]:
    return [
        Row(("line",), label, f"{label}-{group}")
        for label in ("normal", "disk")
        for group in range(groups)
        for _ in range(of_each)
    ]


def test_no_group_is_on_two_sides() -> None:
    own = rows()
    sides = defaultdict(set)
    for row, fold in zip(own, deal(own, 3, 0.2, 0), strict=True):
        sides[row.group].add(int(fold))
    assert all(len(each) == 1 for each in sides.values())


def test_each_label_gives_its_share_to_the_test() -> None:
    own = rows()
    tested = deal(own, 3, 0.2, 0) == TEST
    labels = np.array([row.label for row in own])
    assert {label: int(tested[labels == label].sum()) for label in ("normal", "disk")} == {"normal": 6, "disk": 6}


def test_a_label_of_one_group_alone_is_learnt_from() -> None:
    own = [*rows(), Row(("line",), "rare", "rare-0")]
    assert deal(own, 3, 0.2, 0)[-1] != TEST


def test_a_large_share_leaves_a_group_of_each_label_to_learn_from() -> None:
    own = rows(groups=2)
    learnt = deal(own, 3, 0.9, 0) != TEST
    assert {row.label for row, is_learnt in zip(own, learnt, strict=True) if is_learnt} == {"normal", "disk"}


def test_rows_that_say_where_they_belong_are_believed() -> None:
    own = [Row(("line",), "normal", str(at), at >= 6) for at in range(8)]
    dealt = deal(own, 3, 0.5, 0)
    assert (dealt == TEST).tolist() == [False] * 6 + [True] * 2
    assert set(dealt[:6].tolist()) == {0, 1, 2}


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_deals_the_same(seed: int) -> None:
    assert deal(rows(), 3, 0.2, seed).tolist() == deal(rows(), 3, 0.2, seed).tolist()


def test_another_seed_deals_otherwise() -> None:
    assert deal(rows(), 3, 0.2, 0).tolist() != deal(rows(), 3, 0.2, 1).tolist()


def test_a_label_of_few_groups_is_cut_into_contiguous_folds() -> None:
    own = [Row(("line",), "rare", "one run") for _ in range(6)] + rows()
    dealt = deal(own, 3, 0.0, 0)
    assert dealt[:6].tolist() == [0, 0, 1, 1, 2, 2]
