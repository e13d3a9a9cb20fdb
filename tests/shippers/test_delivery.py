"""The frame itself, with a client of four lines that can keep, drop or double what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import httpx
import pytest
from delivery import (
    AFTER,
    BEFORE,
    DURING,
    assert_each_once,
    assert_lost_in_the_trouble_alone,
    deliver,
    each_trouble,
    spans,
)
from front_door import LINES, FrontDoor

ONCE = Counter(range(1, LINES + 1))


class Posting:
    """Sends every line in a push of its own; what was refused waits for ``finish``, or is dropped."""

    def __init__(self, front_door: FrontDoor, keeps: bool) -> None:
        self.session = httpx.Client(base_url=front_door.url, headers={"X-API-Key": front_door.key})
        self.keeps, self.kept = keeps, list[str]()

    def write(self, line: str) -> None:
        if not self._is_taken(line):
            self.kept.append(line)

    def finish(self) -> None:
        assert not self.keeps or all(self._is_taken(line) for line in self.kept)
        self.session.close()

    def _is_taken(self, line: str) -> bool:
        try:
            return self.session.post("/api/v1/ingest", json=[line]).is_success
        except httpx.TransportError:
            return False


@each_trouble
def test_client_that_keeps_what_was_refused_loses_nothing(front_door: FrontDoor, trouble: str) -> None:
    assert_each_once(deliver(front_door, Posting(front_door, keeps=True), trouble))


@pytest.mark.parametrize("trouble", ["stopped", "overloaded"])
def test_client_that_drops_what_was_refused_loses_what_came_in_the_trouble(
    front_door: FrontDoor, trouble: str
) -> None:
    arrived = deliver(front_door, Posting(front_door, keeps=False), trouble, patience_s=0)
    assert set(range(1, LINES + 1)) - set(arrived) == set(DURING)
    assert_lost_in_the_trouble_alone(arrived)


@pytest.mark.parametrize(
    ("judge", "arrived"),
    [
        (assert_each_once, ONCE - Counter([LINES])),
        (assert_each_once, ONCE + Counter([1])),
        (assert_lost_in_the_trouble_alone, ONCE),
        (assert_lost_in_the_trouble_alone, ONCE - Counter([DURING[0], BEFORE[-1]])),
        (assert_lost_in_the_trouble_alone, ONCE - Counter([DURING[0], AFTER[0]])),
        (assert_lost_in_the_trouble_alone, ONCE - Counter([DURING[0]]) + Counter([DURING[1]])),
    ],
)
def test_what_is_lost_or_doubled_is_seen(judge: Callable[[Counter[int]], None], arrived: Counter[int]) -> None:
    with pytest.raises(AssertionError):
        judge(arrived)


def test_numbers_are_told_in_few_words() -> None:
    assert spans([9, 3, 5, 4]) == "3-5 9"
