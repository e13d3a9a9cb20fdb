"""Every route but health and metrics needs a key with the right scope, on the whole OpenAPI document."""

from __future__ import annotations

import base64
import time
from typing import Any

import httpx
import pytest

from shared.core.access import Scope
from shared.errors import NotFound
from shared.store.api_keys import ApiKeys
from shared.store.connection import connect

OPEN = {"/healthz", "/readyz", "/metrics", "/services/collector/health"}
SAYS_403 = ("/services/collector", "/api/v2/logs", "/v1/input", "/api/v1/validate")  # as their protocols do
PAGES = ("/", "/ui/jobs", "/ui/jobs/j0", "/ui/incidents/i0123456789abcdef", "/ui/style.css", "/openapi.json")
SCOPES = {
    ("post", "/api/v1/incidents/{incident_id}/mute"): "admin",
    ("post", "/api/v1/feedback"): "triage",
    ("delete", "/api/v1/feedback/{feedback_id}"): "triage",
}
PUSH_TAGS = {"push", "scoring"}


def operations(ingest: Any) -> list[tuple[str, str, str]]:
    """(method, path, scope) of everything in the OpenAPI document, and of the pages beside it."""
    with ingest.client(ingest.admin_key) as client:
        document = client.get("/openapi.json").json()
    found = [
        (method.upper(), path, SCOPES.get((method, path), "push" if PUSH_TAGS & set(operation["tags"]) else "read"))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path not in OPEN
    ]
    return [
        *found,
        *(("GET", path, "read") for path in PAGES),
        ("POST", "/ui/incidents/i0123456789abcdef/mute", "admin"),
        ("POST", "/ui/incidents/i0123456789abcdef/feedback", "triage"),
        ("POST", "/ui/feedback/f0123456789abcdef/undo", "triage"),
        ("HEAD", "/api/v1/ingest", "push"),
    ]


def address(path: str) -> str:
    return (
        path.replace("{job_id}", "j0")
        .replace("{incident_id}", "i0123456789abcdef")
        .replace("{feedback_id}", "f0123456789abcdef")
    )


def test_without_a_key_everything_is_401(ingest: Any) -> None:
    with ingest.client() as client:
        for method, path, _ in operations(ingest):
            answer = client.request(method, address(path), content=b"x" if method == "POST" else None)
            assert answer.status_code == 401, (method, path)
            assert "www-authenticate" in answer.headers


@pytest.mark.parametrize(
    "key",
    [
        "wrong",
        "llx_0000000000_" + "A" * 43,
        "llx_",
        "llx__",
        "Bearer",
        "é",
        "x" * 3000,
        "admin-key-of-the-tests-012345678",
    ],
)
def test_with_a_wrong_key_everything_is_401(ingest: Any, key: str) -> None:
    with ingest.client() as client:
        for method, path, _ in operations(ingest):
            answer = client.request(method, address(path), headers={"x-api-key": key.encode()})
            allowed = (401, 403) if path.startswith(SAYS_403) else (401,)
            assert answer.status_code in allowed, (method, path)


def test_with_the_wrong_scope_everything_is_403(ingest: Any) -> None:
    keys = {"push": ingest.push_key, "read": ingest.read_key, "triage": ingest.triage_key}
    refused = 0
    for method, path, scope in operations(ingest):
        for owned, key in keys.items():
            with ingest.client(key) as client:
                status = client.request(method, address(path), content=b"" if method == "POST" else None).status_code
            assert (status == 403) == (scope != owned), (method, path, owned, status)
            refused += status == 403
    assert refused > 20


def test_health_and_metrics_are_open(ingest: Any) -> None:
    with ingest.client() as client:
        for path in OPEN:
            assert client.get(path).status_code == 200
        assert "loglynx_http_requests_total" in client.get("/metrics").text


def test_revoked_and_expired_keys_stop_working(ingest: Any, redis_url: str) -> None:
    now_ms = time.time_ns() // 10**6
    with connect(redis_url) as redis:
        keys = ApiKeys(redis)
        text, record = keys.create("short", [Scope.READ], now_ms)
        expired, _ = keys.create("expired", [Scope.READ], now_ms - 10_000, expires_ms=now_ms - 1)
        with ingest.client(text) as client:
            assert client.get("/api/v1/streams").status_code == 200
            keys.revoke(record.key_id)
            deadline = time.monotonic() + 8
            while client.get("/api/v1/streams").status_code == 200 and time.monotonic() < deadline:
                time.sleep(0.2)
            assert client.get("/api/v1/streams").status_code == 401
        with ingest.client(expired) as client:
            assert client.get("/api/v1/streams").status_code == 401
        with pytest.raises(NotFound):
            keys.revoke(record.key_id)


def test_key_text_is_kept_nowhere(ingest: Any, redis_url: str) -> None:
    with connect(redis_url) as redis:
        text, record = ApiKeys(redis).create("secret", [Scope.PUSH], 0)
        everything = b"".join(redis.hgetall("ll:api_keys").values())
        assert text.encode() not in everything
        assert text.partition("_")[2].partition("_")[2].encode() not in everything
        assert record.digest.encode() in everything


def test_admin_key_is_made_once(ingest: Any, redis_url: str) -> None:
    with connect(redis_url) as redis:
        for key in ApiKeys(redis).list_all():
            if Scope.ADMIN in key.scopes:
                ApiKeys(redis).revoke(key.key_id)
        first = ApiKeys(redis).ensure_admin(0)
        assert first is not None
        assert ApiKeys(redis).ensure_admin(0) is None
    with ingest.client(first) as client:
        assert client.get("/openapi.json").status_code == 200


def test_browser_logs_in_with_the_key_as_password(ingest: Any) -> None:
    asked = httpx.get(f"{ingest.url}/")
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert "text/html" in asked.headers["content-type"]
    assert httpx.get(f"{ingest.url}/", auth=("anyone", ingest.read_key)).status_code == 200
    assert "set-cookie" not in asked.headers


def test_other_sites_cannot_write_with_the_browsers_credentials(ingest: Any) -> None:
    basic = "Basic " + base64.b64encode(f"x:{ingest.admin_key}".encode()).decode()
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}):
        for path in ("/ui/incidents/i0123456789abcdef/mute", "/api/v1/ingest"):
            answer = httpx.post(f"{ingest.url}{path}", headers={"authorization": basic, **headers}, content=b"x")
            assert answer.status_code == 403, (path, headers)
