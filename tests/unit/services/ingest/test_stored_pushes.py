from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from services.ingest.batch import Batch
from services.ingest.pushing import KEY_TTL_S, RESEND_TTL_S, SMALL_BYTES, PushRequest, store, take
from services.ingest.settings import IngestSettings
from services.ingest.store_threads import StoreThreads
from shared.store.pushes import Acceptance, Push


class NotedPushes:
    """A ledger and coalescer that only notes what it is given."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.coalesced: list[Push] = []

    def prepare(self, push: Push, now_ms: int) -> Push:
        return push

    async def accept(self, push: Push) -> Acceptance:
        self.coalesced.append(push)
        return Acceptance("j2", is_replay=False)

    def accept_push(self, push: Push, now_ms: int) -> Acceptance:
        self.pushes.append(push)
        return Acceptance("j1", is_replay=False)


@pytest.fixture
def ledger() -> NotedPushes:
    return NotedPushes()


@pytest.fixture
def parts(ledger: NotedPushes) -> Any:
    return SimpleNamespace(
        settings=IngestSettings(),
        ledger=ledger,
        coalescer=ledger,
        threads=StoreThreads(),
        now_ms=lambda: 0,
        ring=lambda: None,
        recent_jobs=[],
    )


def a_batch(is_distinct: bool) -> Batch:
    return Batch(["a line"], [0], is_distinct=is_distinct)


def a_request(**changes: Any) -> PushRequest:
    return PushRequest(**({"body": b"body", "path": "/loki/api/v1/push", "owner": "k1"} | changes))


def keys_of(parts: Any, ledger: NotedPushes, *requests: PushRequest) -> list[str | None]:
    for request in requests:
        store(parts, request, a_batch(is_distinct=True))
    return [push.idempotency_key for push in ledger.pushes]


def test_batch_that_may_repeat_by_chance_is_never_taken_for_one_sent_again(parts: Any, ledger: NotedPushes) -> None:
    store(parts, a_request(), a_batch(is_distinct=False))
    assert ledger.pushes[0].idempotency_key is None


def test_same_distinct_body_is_the_same_push_for_ten_minutes(parts: Any, ledger: NotedPushes) -> None:
    first, again = keys_of(parts, ledger, a_request(), a_request())
    assert first is not None
    assert first == again
    assert ledger.pushes[0].idempotency_ttl_s == RESEND_TTL_S == 600


@pytest.mark.parametrize("change", [{"body": b"other"}, {"path": "/v1/logs"}, {"owner": "k2"}, {"stream": "web"}])
def test_another_body_path_owner_or_stream_is_another_push(
    parts: Any, ledger: NotedPushes, change: dict[str, Any]
) -> None:
    first, other = keys_of(parts, ledger, a_request(), a_request(**change))
    assert first != other


def test_key_that_the_client_gives_counts_for_a_day(parts: Any, ledger: NotedPushes) -> None:
    store(parts, a_request(idempotency_key="mine"), a_batch(is_distinct=True))
    assert ledger.pushes[0].idempotency_key == "k1\nmine"
    assert ledger.pushes[0].idempotency_ttl_s == KEY_TTL_S


def test_nothing_is_stored_of_a_batch_without_a_line(parts: Any, ledger: NotedPushes) -> None:
    assert store(parts, a_request(), Batch([" "], [0])).job_id is None
    assert ledger.pushes == []


def test_small_pushes_go_together_and_large_ones_alone(parts: Any, ledger: NotedPushes) -> None:
    small, large = a_request(body=b"x" * SMALL_BYTES), a_request(body=b"x" * (SMALL_BYTES + 1))
    assert asyncio.run(take(parts, small, a_batch(is_distinct=False))).job_id == "j2"
    assert asyncio.run(take(parts, large, a_batch(is_distinct=False))).job_id == "j1"
    assert (len(ledger.coalesced), len(ledger.pushes), parts.recent_jobs) == (1, 1, ["j2", "j1"])


def test_twenty_lines_as_records_are_a_small_push() -> None:
    record = {"timestamp": "2026-03-01T12:00:00Z", "level": "info", "service": "worker", "message": "x" * 70}
    assert len("\n".join([json.dumps(record)] * 20)) <= SMALL_BYTES


def test_push_without_a_line_reaches_no_ledger(parts: Any, ledger: NotedPushes) -> None:
    assert asyncio.run(take(parts, a_request(), Batch([" "], [0]))).job_id is None
    assert ledger.coalesced == ledger.pushes == []
