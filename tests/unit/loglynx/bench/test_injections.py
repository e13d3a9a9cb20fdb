from __future__ import annotations

import numpy as np
import pytest

from loglynx.bench.injections import (
    PARAMETER_FAULTS,
    alter_some,
    drop_run,
    empty,
    fail_status,
    reorder_run,
    repeat_one,
    replace_some,
    retry_more,
    shift_ratio,
    slow,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Took 20.55 seconds to spawn", "Took 102.75 seconds to spawn"),
        ("duration: 1.867 ms", "duration: 9.335 ms"),
        (
            '"GET /v2 HTTP/1.1" status: 200 len: 1893 time: 0.2477829',
            '"GET /v2 HTTP/1.1" status: 200 len: 1893 time: 1.2389145',
        ),
        ("请求完成，耗时27ms，响应7463字节", "请求完成，耗时135ms，响应7463字节"),
        ("数据：温度31.8℃，耗时114毫秒", "数据：温度31.8℃，耗时570毫秒"),
        ('{"latency_ms":12}', '{"latency_ms":60}'),
        ("variable 19 took 12 ms", "variable 19 took 60 ms"),
    ],
)
def test_durations_become_five_times_as_long(before: str, after: str) -> None:
    assert slow(before) == after


@pytest.mark.parametrize(
    "line",
    [
        "2017-05-16 00:00:00.008 started",
        "time 2015-10-18 10:00:05",
        "time=1700000000123",
        "port 5070",
        "10.250.1.2:50010 served",
    ],
)
def test_moments_and_other_numbers_are_no_durations(line: str) -> None:
    assert slow(line) == line


def test_only_the_status_of_an_answer_becomes_a_failure() -> None:
    line = '1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /200 HTTP/1.1" 200 203023'
    assert fail_status(line) == line.replace('" 200 ', '" 500 ')
    assert fail_status("状态码=200，响应200字节") == "状态码=500，响应200字节"
    assert fail_status("block 200 of 300") == "block 200 of 300"


def test_sizes_become_nothing() -> None:
    assert (
        empty("Received block blk_1 of size 67108864 from /10.1.1.1")
        == "Received block blk_1 of size 0 from /10.1.1.1"
    )
    assert empty("close, 1590 bytes (1.55 KB) sent, 7 bytes received") == "close, 0 bytes sent, 0 bytes received"
    assert empty('"GET /a HTTP/1.1" 200 203023') == '"GET /a HTTP/1.1" 200 0'
    assert empty("estimated size 5.2 KB, free 5.2 KB") == "estimated size 0 KB, free 5.2 KB"


def test_retries_become_ten_times_as_many() -> None:
    assert retry_more("Already tried 3 time(s); maxRetries=10") == "Already tried 30 time(s); maxRetries=10"
    assert retry_more("tried 0 times") == "tried 10 times"
    assert retry_more("attempt_1445_0001_m_1") == "attempt_1445_0001_m_1"


@pytest.mark.parametrize("seed", range(20))
def test_exactly_the_altered_lines_are_marked_and_the_rest_is_untouched(seed: int) -> None:
    lines = [f"call {n} took {n} ms" if n % 3 else f"call {n} begins" for n in range(1, 13)]
    altered = alter_some(lines, PARAMETER_FAULTS["latency"], rng(seed))
    assert altered is not None
    assert 1 <= sum(altered.wrong) <= 3
    assert altered.wrong == [before != after for before, after in zip(lines, altered.items, strict=True)]


def test_lines_that_a_fault_cannot_change_give_nothing() -> None:
    assert alter_some(["begin", "end"], slow, rng()) is None
    assert drop_run([1, 2], rng()) is None
    assert reorder_run(["a", "a", "a"], rng(), str) is None
    assert shift_ratio(["a", "a"], rng(), str) is None
    assert replace_some(["a"], ["b"], rng()) is None
    assert replace_some(["a", "b"], [], rng()) is None
    assert repeat_one([], rng()) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_missing_run_leaves_the_others_in_their_order_and_marks_what_follows(seed: int) -> None:
    found = drop_run(list(range(12)), rng(seed))
    assert found is not None
    assert len(found.items) == 9
    assert found.items == sorted(found.items)
    [mark] = [at for at, wrong in enumerate(found.wrong) if wrong]
    gone = sorted(set(range(12)) - set(found.items))
    assert gone == list(range(gone[0], gone[0] + 3)), "neighbours"
    assert found.items[mark] in {gone[-1] + 1, gone[0] - 1}


@pytest.mark.parametrize("seed", range(20))
def test_reordering_keeps_every_item_and_marks_what_stands_elsewhere(seed: int) -> None:
    items = list(range(12))
    found = reorder_run(items, rng(seed), lambda item: item)
    assert found is not None
    assert sorted(found.items) == items
    assert found.wrong == [before != after for before, after in zip(items, found.items, strict=True)]


@pytest.mark.parametrize("seed", range(20))
def test_repetition_adds_copies_of_one_item_and_marks_the_copies(seed: int) -> None:
    items = list(range(6))
    found = repeat_one(items, rng(seed))
    assert found is not None
    assert [item for item, wrong in zip(found.items, found.wrong, strict=True) if not wrong] == items
    copies = {item for item, wrong in zip(found.items, found.wrong, strict=True) if wrong}
    assert len(copies) == 1
    assert 5 <= sum(found.wrong) <= 10


@pytest.mark.parametrize("seed", range(20))
def test_another_ratio_brings_no_new_kind_and_marks_what_was_replaced(seed: int) -> None:
    items = list("abcabcabca")
    found = shift_ratio(items, rng(seed), str)
    assert found is not None
    assert set(found.items) <= set(items)
    assert found.wrong == [before != after for before, after in zip(items, found.items, strict=True)]


@pytest.mark.parametrize("seed", range(20))
def test_foreign_items_take_the_place_of_own_ones(seed: int) -> None:
    items, foreign = list(range(4)), [-1, -2, -3]
    found = replace_some(items, foreign, rng(seed))
    assert found is not None
    assert len(found.items) == 4
    assert 1 <= sum(found.wrong) <= 3
    assert found.wrong == [item < 0 for item in found.items]


def test_the_same_seed_gives_the_same_fault() -> None:
    assert drop_run(list(range(50)), rng(7)) == drop_run(list(range(50)), rng(7))
