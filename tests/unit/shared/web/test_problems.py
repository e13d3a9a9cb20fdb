from __future__ import annotations

import json

import pytest
from starlette.exceptions import HTTPException

from shared.errors import (
    BadInput,
    BodyTooLarge,
    LoglynxError,
    NotFound,
    Overloaded,
    StoreUnavailable,
    Unauthenticated,
)
from shared.telemetry import Refusal
from shared.web.problems import PublicDetail, from_http_exception, jittered, problem, reason_for

CANARY = "canary-8f3a"


def test_problem_names_code_status_and_request() -> None:
    response = problem(NotFound(), "r1")
    assert response.status_code == 404
    assert response.media_type == "application/problem+json"
    assert json.loads(response.body) == {
        "type": "urn:loglynx:problem:not_found",
        "title": "There is no such resource",
        "status": 404,
        "code": "not_found",
        "request_id": "r1",
    }


def test_detail_is_shown_only_when_marked_safe() -> None:
    assert CANARY.encode() not in problem(BadInput(f"cannot read {CANARY}")).body
    assert json.loads(problem(BadInput(PublicDetail("the body is empty"))).body)["detail"] == "the body is empty"


@pytest.mark.parametrize("error", [Overloaded(), StoreUnavailable(), Overloaded(retry_after_s=1)])
def test_overload_says_when_to_come_back(error: Overloaded) -> None:
    response = problem(error)
    assert response.status_code == 503
    assert 1 <= int(response.headers["retry-after"]) <= 10


def test_retry_after_is_spread() -> None:
    drawn = {jittered(5) for _ in range(400)}
    assert drawn == set(range(2, 11))


def test_too_large_ends_the_connection() -> None:
    assert problem(BodyTooLarge()).headers["connection"] == "close"


def test_missing_key_names_the_scheme() -> None:
    assert problem(Unauthenticated()).headers["www-authenticate"].startswith("Bearer")


def test_starlettes_text_is_dropped() -> None:
    error = from_http_exception(HTTPException(405, detail=CANARY))
    assert (error.status, error.code) == (405, "method_not_allowed")
    assert CANARY.encode() not in problem(error).body


def test_strange_status_is_internal() -> None:
    assert from_http_exception(HTTPException(299)).status == 500


def test_reason_is_the_nearest_ancestors() -> None:
    assert reason_for(StoreUnavailable()) is Refusal.STORE_UNAVAILABLE
    assert reason_for(BodyTooLarge()) is Refusal.BODY_TOO_LARGE
    assert reason_for(LoglynxError()) is None
    assert reason_for(NotFound()) is None
