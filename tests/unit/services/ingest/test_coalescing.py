from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from services.ingest.coalescing import MOST_TOGETHER, Coalescer, ringing
from services.ingest.store_threads import StoreThreads
from shared.errors import IdempotencyConflict, StoreUnavailable
from shared.store.prepared_pushes import PreparedPush
from shared.store.pushes import Acceptance


class SlowLedger:
    """Notes what comes together; the first trip takes until ``go``. A push called "conflict" is refused."""

    def __init__(self) -> None:
        self.trips: list[list[str]] = []
        self.go = threading.Event()
        self.is_away = False

    def accept(self, pushes: Sequence[PreparedPush]) -> list[Acceptance | Exception]:
        self.trips.append([push.job_id for push in pushes])
        assert self.go.wait(5)
        if self.is_away:
            raise StoreUnavailable
        return [
            IdempotencyConflict() if push.job_id == "conflict" else Acceptance(push.job_id, False) for push in pushes
        ]


def outcomes_of(ledger: SlowLedger, *names: str, cancelled: str = "") -> list[Any]:
    """What becomes of a push called "first" and of those that come while it is under way."""

    async def main() -> list[Any]:
        coalescer = Coalescer(ledger.accept, StoreThreads(away_s=0))
        tasks = [asyncio.create_task(coalescer.accept(PreparedPush("first", ([], []))))]
        while not ledger.trips:
            await asyncio.sleep(0.001)
        tasks += [asyncio.create_task(coalescer.accept(PreparedPush(name, ([], [])))) for name in names]
        await asyncio.sleep(0)
        for task, name in zip(tasks, ("first", *names), strict=True):
            if name == cancelled:
                task.cancel()
        ledger.go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(main())


def test_first_push_waits_for_nobody_and_those_behind_it_go_together() -> None:
    ledger = SlowLedger()
    found = outcomes_of(ledger, "a", "b", "c")
    assert [outcome.job_id for outcome in found] == ["first", "a", "b", "c"]
    assert ledger.trips == [["first"], ["a", "b", "c"]]


def test_push_that_is_refused_hurts_no_other() -> None:
    first, refused, other = outcomes_of(SlowLedger(), "conflict", "b")
    assert isinstance(refused, IdempotencyConflict)
    assert (first.job_id, other.job_id) == ("first", "b")


def test_all_are_told_when_the_store_is_away() -> None:
    ledger = SlowLedger()
    ledger.is_away = True
    assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes_of(ledger, "a", "b"))


@pytest.mark.parametrize("cancelled", ["first", "b"])
def test_cancelled_request_leaves_the_others_their_answers(cancelled: str) -> None:
    found = dict(zip(["first", "a", "b"], outcomes_of(SlowLedger(), "a", "b", cancelled=cancelled), strict=True))
    assert isinstance(found.pop(cancelled), asyncio.CancelledError)
    assert [outcome.job_id for outcome in found.values()] == list(found)


def test_one_trip_is_bounded() -> None:
    ledger = SlowLedger()
    outcomes_of(ledger, *(str(n) for n in range(MOST_TOGETHER + 1)))
    assert [len(trip) for trip in ledger.trips] == [1, MOST_TOGETHER, 1]


def test_what_is_logged_on_the_way_is_not_the_first_requests() -> None:
    request_id = contextvars.ContextVar("request_id", default="")
    seen: list[str] = []

    def accept(pushes: Sequence[PreparedPush]) -> list[Acceptance | Exception]:
        seen.append(request_id.get())
        return [Acceptance(push.job_id, False) for push in pushes]

    async def main() -> None:
        request_id.set("of the first")
        await Coalescer(accept, StoreThreads()).accept(PreparedPush("first", ([], [])))

    asyncio.run(main())
    assert seen == [""]


@pytest.mark.parametrize(
    ("outcomes", "rings"),
    [
        ([Acceptance("a", False), StoreUnavailable(), Acceptance("b", False)], 1),
        ([IdempotencyConflict(), StoreUnavailable()], 0),
    ],
)
def test_doorbell_rings_once_if_anything_was_accepted(outcomes: list[Acceptance | Exception], rings: int) -> None:
    rung: list[str] = []
    assert ringing(lambda _: outcomes, lambda: rung.append("detector"))([]) == outcomes
    assert len(rung) == rings
