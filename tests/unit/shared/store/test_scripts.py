"""Replies that are errors, one by one or all of them."""

from __future__ import annotations

from typing import Any

import pytest
from redis.exceptions import BusyLoadingError, ReadOnlyError, ResponseError

from shared.errors import StoreUnavailable
from shared.store.scripts import Scripts

BUSY = ResponseError("BUSY Redis is busy running a script")
CALL: tuple[list[str], list[Any]] = ([], [])


class AnsweringRedis:
    """Its own pipeline; every script is known to it, and the replies are given."""

    def __init__(self, *replies: object) -> None:
        self._replies = replies

    def pipeline(self, transaction: bool) -> AnsweringRedis:
        return self

    def info(self, _: str) -> dict[str, str]:
        return {"redis_version": "7.0.0"}

    def script_load(self, _: str) -> str:
        return "digest"

    def evalsha(self, *_: object) -> None: ...

    def execute(self, raise_on_error: bool) -> list[object]:
        return list(self._replies)


def replies_of(*replies: object) -> list[Any]:
    redis: Any = AnsweringRedis(*replies)
    return Scripts(redis).run_each("accept_push", [CALL] * len(replies))


@pytest.mark.parametrize("replies", [[BUSY], [BusyLoadingError("loading"), ReadOnlyError("replica"), BUSY]])
def test_redis_that_is_not_ready_for_anybody_is_away(replies: list[Exception]) -> None:
    with pytest.raises(StoreUnavailable):
        replies_of(*replies)


def test_error_of_one_call_hurts_no_other() -> None:
    refused, taken = replies_of(BUSY, b"ok")
    assert isinstance(refused, StoreUnavailable)
    assert taken == b"ok"
