"""A full front door says so in the words of each protocol, without asking the store for the key."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.ingest.app import create_app
from services.ingest.routes import elastic
from services.ingest.settings import IngestSettings
from shared.web.limits import LimitBodies

NO_STORE = "redis://127.0.0.1:1/0"  # nobody listens there: who asks it fails
BUSY = "Too much work is waiting; try again later"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    made = create_app(IngestSettings(redis_url=SecretStr(NO_STORE), max_connections=1))
    made.middleware_stack = made.build_middleware_stack()
    layer: Any = made.middleware_stack
    while not isinstance(layer, LimitBodies):
        layer = layer.app
    layer.requests = 1
    return made


def asked(app: FastAPI, method: str, path: str, **more: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://front.door") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/services/collector/event", {"text": "Server is busy", "code": 9}),
        ("/api/v2/logs", {"errors": [{"status": "503", "title": BUSY, "detail": BUSY}]}),
        ("/v1/input/some-key", {"errors": [{"status": "503", "title": BUSY, "detail": BUSY}]}),
        ("/v1/logs", {"code": 14, "message": BUSY}),
    ],
)
def test_shipper_is_turned_away_in_the_words_of_its_protocol(app: FastAPI, path: str, words: dict[str, Any]) -> None:
    answer = asked(app, "POST", path, content=b"{}", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (503, words)
    assert int(answer.headers["Retry-After"]) >= 1


def test_elastic_is_told_the_type_of_its_own_rejection(app: FastAPI) -> None:
    for path in ("/_bulk", "/some-index/_bulk"):
        answer = asked(app, "POST", path, content=b'{"index":{}}\n{}\n')
        assert answer.status_code == 503
        assert answer.json()["error"]["type"] == "es_rejected_execution_exception"
        assert answer.headers["X-Elastic-Product"] == "Elasticsearch"


def test_rsyslog_is_told_of_each_record_alone(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at nothing else, so its body is read, within the limits of every body."""
    monkeypatch.setattr(elastic, "RSYSLOG_PAUSE_S", 0.0)
    monkeypatch.setattr(elastic, "is_rsyslog", lambda _: True)
    answer = asked(app, "POST", "/_bulk", content=b'{"index":{}}\n{}\n' * 3)
    assert [item["index"]["status"] for item in answer.json()["items"]] == [429] * 3
    assert asked(app, "POST", "/_bulk", content=b"x" * (17 * 2**20)).status_code == 413


def test_browser_is_shown_a_page(app: FastAPI) -> None:
    answer = asked(app, "GET", "/")
    assert answer.status_code == 503 and "Retry-After" in answer.headers
    assert answer.headers["content-type"].startswith("text/html")


def test_everything_else_is_answered_a_problem(app: FastAPI) -> None:
    for method, path in (("POST", "/api/v1/ingest"), ("GET", "/nowhere"), ("POST", "/healthz/more")):
        answer = asked(app, method, path)
        assert answer.status_code == 503 and answer.json()["code"] == "overloaded"
        assert answer.headers["content-type"] == "application/problem+json"


def test_liveness_and_metrics_are_answered_and_count_who_was_turned_away(app: FastAPI) -> None:
    asked(app, "POST", "/api/v2/logs")
    assert asked(app, "GET", "/healthz").status_code == 200
    lines = asked(app, "GET", "/metrics").text
    assert 'loglynx_http_requests_total{route="/api/v2/logs",service="ingest",status="503"}' in lines
