"""Rows divided: shares met, categories alike, nothing on two sides."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from loglynx.datafiles.dividing import PARTS, By, divide
from loglynx.failures import InputUnreadable

SHARES = {"train": 80.0, "validation": 10.0, "test": 10.0}
Row = dict[str, Any]


def rows_of(count: int, **extra: Any) -> list[Row]:
    return [{"lines": [f"order-{at}x placed"], "label": int(at % 5 == 0), "id": at, **extra} for at in range(count)]


def sizes(parts: dict[str, list[Row]]) -> list[int]:
    return [len(parts[part]) for part in PARTS]


def sides(parts: dict[str, list[Row]], key: str) -> Counter[str]:
    """In how many parts each value of ``key`` is."""
    return Counter(value for part in PARTS for value in {str(row[key]) for row in parts[part]})


def test_eight_thousand_become_6400_800_and_800_with_alike_categories() -> None:
    rows = [{"lines": [f"a{at}b"], "category": f"kind{at % 11}", "label": 0} for at in range(8_000)]
    parts = divide(rows, SHARES, By.STRATIFIED, 0)
    assert sizes(parts) == [6_400, 800, 800]
    for part, share in zip(PARTS, (0.8, 0.1, 0.1), strict=True):
        counts = Counter(row["category"] for row in parts[part])
        assert max(counts.values()) - min(counts.values()) <= 2, part
        assert abs(counts["kind0"] - share * 8_000 / 11) < 2


def test_the_same_seed_divides_alike_and_another_otherwise() -> None:
    rows = rows_of(200)
    assert divide(rows, SHARES, By.STRATIFIED, 1) == divide(rows, SHARES, By.STRATIFIED, 1)
    assert divide(rows, SHARES, By.STRATIFIED, 1) != divide(rows, SHARES, By.STRATIFIED, 2)


@pytest.mark.parametrize("by", list(By))
def test_a_group_is_never_torn_apart(by: By) -> None:
    rows = [row | {"group": f"run {at % 40}"} for at, row in enumerate(rows_of(200))]
    assert set(sides(divide(rows, SHARES, by, 0), "group").values()) == {1}


@pytest.mark.parametrize("by", list(By))
def test_the_very_same_lines_are_never_on_two_sides(by: By) -> None:
    rows = [row | {"lines": [f"text {at % 37}z"]} for at, row in enumerate(rows_of(200))]
    assert set(sides(divide(rows, SHARES, by, 0), "lines").values()) == {1}


def test_a_line_that_repeats_a_thousand_times_is_not_paid_for_by_other_categories() -> None:
    beats = [{"lines": ["heartbeat ok"], "label": 0} for _ in range(1000)]
    faults = [{"lines": [f"disk {n} failed"], "label": 1} for n in range(100)]
    parts = divide(beats + faults, SHARES, By.STRATIFIED, 0)
    assert all(abs(sum(row["label"] for row in parts[part]) - SHARES[part]) <= 1 for part in PARTS)


def test_by_template_no_story_is_on_two_sides_though_its_values_differ() -> None:
    verbs = [a + b for a in "abcde" for b in "abcde"]
    rows = [
        {"lines": [f"{verbs[at % 25]} block blk_{at} from 10.0.0.{at % 250}"], "label": 0, "story": verbs[at % 25]}
        for at in range(400)
    ]
    assert set(sides(divide(rows, SHARES, By.TEMPLATE, 0), "story").values()) == {1}
    assert max(sides(divide(rows, SHARES, By.STRATIFIED, 0), "story").values()) == 3  # without it they leak


def test_by_time_the_test_came_last() -> None:
    rows = [row | {"ts": 1_700_000_000 - 10 * at} for at, row in enumerate(rows_of(100))]
    parts = divide(rows, SHARES, By.TIME, 0)
    assert sizes(parts) == [80, 10, 10]
    assert max(row["ts"] for row in parts["train"]) < min(row["ts"] for row in parts["validation"])
    assert max(row["ts"] for row in parts["validation"]) < min(row["ts"] for row in parts["test"])


def test_times_are_read_from_the_lines_where_rows_have_none() -> None:
    rows = [{"lines": [f"2026-01-01 00:{59 - at:02d}:00 INFO a{at}b"], "id": at} for at in range(50)]
    assert {row["id"] for row in divide(rows, SHARES, By.TIME, 0)["test"]} == {0, 1, 2, 3, 4}


def test_training_can_be_kept_normal_as_label_free_detectors_want_it() -> None:
    parts = divide(rows_of(200), SHARES, By.STRATIFIED, 0, trains_on_normal=True)
    assert not any(row["label"] for row in parts["train"])
    assert sum(row["label"] for row in parts["validation"]) == 4
    assert sum(sizes(parts)) == 200


def test_a_row_without_text_is_refused_by_its_number() -> None:
    with pytest.raises(InputUnreadable, match="row 3"):
        divide([*rows_of(2), {"secret": "x"}], SHARES, By.STRATIFIED, 0)
