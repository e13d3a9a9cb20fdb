"""Requests drawn from the OpenAPI document, some as it allows and some as it forbids, are never answered by a failure.

``LOGLYNX_FUZZ_REQUESTS=5000`` asks for a long run; the suite's own is a tenth of that.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, SerializationContext

REQUESTS = int(os.environ.get("LOGLYNX_FUZZ_REQUESTS", "500"))
SAYS_503_BY_DESIGN = "/readyz"  # nobody scores here


@schemathesis.serializer("application/x-ndjson")
def newline_delimited(_: SerializationContext, value: Any) -> bytes:
    rows = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def operations_of(ingest: Any) -> list[APIOperation]:
    key = {"Authorization": f"Bearer {ingest.admin_key}"}
    document = schemathesis.openapi.from_url(f"{ingest.url}/openapi.json", headers=key)
    return [found.ok() for found in document.get_all_operations()]


def ask(ingest: Any, operation: APIOperation, mode: GenerationMode, requests: int) -> Counter[int]:
    """How often each status was answered."""
    statuses: Counter[int] = Counter()

    @seeded(0)
    @settings(
        max_examples=requests,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {ingest.admin_key}"}, timeout=20)
        statuses[answer.status_code] += 1

    with suppress(Unsatisfiable):  # nothing can be wrong about a request without body and parameters
        send()
    return statuses


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_that_the_document_allows_or_forbids_makes_the_front_door_fail(
    redis_url: str, start_ingest: Callable[..., Any]
) -> None:
    ingest = start_ingest(redis_url, score_wait_s=0, max_wait_s=0, body_deadline_s=2)
    operations = operations_of(ingest)
    each = max(1, REQUESTS // (2 * len(operations)))
    asked: Counter[int] = Counter()
    failures = {}
    for operation in operations:
        for mode in GenerationMode:
            statuses = ask(ingest, operation, mode, each)
            asked += statuses
            failed = {status: times for status, times in statuses.items() if status >= 500}
            if failed and operation.path != SAYS_503_BY_DESIGN:
                failures[f"{operation.label}, {mode.value}"] = failed
    print(f"{asked.total()} requests to {len(operations)} operations: {dict(asked)}")
    assert failures == {}
    assert asked[401] == asked[403] == 0
    assert asked.total() >= REQUESTS // 2
