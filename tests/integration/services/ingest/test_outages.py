"""Redis away, hanging or full: pushes get 503 with Retry-After in bounded time, liveness stays green."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from shared.core.access import Scope
from shared.store.api_keys import ApiKeys
from shared.store.connection import connect

BOUND_S = 1.5
REQUESTS: list[tuple[str, str, Any]] = [
    ("POST", "/api/v1/ingest", ["a line"]),
    ("POST", "/api/v1/detect", {"lines": ["a line"]}),
    ("POST", "/score_log", {"log": "a line"}),
    ("POST", "/api/anomaly/batch_detect", {"logs": ["a line"]}),
    ("POST", "/loki/api/v1/push", {"streams": [{"stream": {}, "values": [["1", "a line"]]}]}),
    ("POST", "/v1/logs", {"resourceLogs": []}),
    ("POST", "/_bulk", {"index": {}}),
    ("GET", "/ready", None),
    ("GET", "/_cluster/health", None),
    ("POST", "/services/collector/event", {"event": "a line"}),
    ("POST", "/services/collector/raw", ["a line"]),
    ("GET", "/services/collector/health", None),
    ("POST", "/api/v2/logs", [{"message": "a line"}]),
    ("POST", "/v1/input", {"message": "a line"}),
    ("POST", "/ingest", ["a line"]),
    ("POST", "/upload", None),
    ("GET", "/jobs/j01k9x3c5e6f7g8h9j0k1m2n3p4", None),
    ("GET", "/api/v1/incidents", None),
    ("GET", "/api/v1/streams", None),
    ("GET", "/", None),
    ("GET", "/readyz", None),
]


def refused(client: httpx.Client, method: str, path: str, body: Any) -> float:
    """Seconds that a designed 503 took."""
    started = time.monotonic()
    answer = client.request(method, path, json=body)
    took = time.monotonic() - started
    assert answer.status_code == 503, (path, answer.status_code, answer.text[:200])
    assert 1 <= int(answer.headers["retry-after"]) <= 10
    assert len(answer.content) <= 2048
    return took


def wait_until(is_true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.1)


@pytest.mark.parametrize("way", ["killed", "hanging"])
def test_redis_away(start_ingest: Any, redis_servers: Any, way: str) -> None:
    server = redis_servers()
    ingest = start_ingest(server.url)
    with connect(server.url) as redis:
        stored_key, _ = ApiKeys(redis).create("stored", [Scope.ADMIN], 0)
    for key in (ingest.admin_key, stored_key):
        with ingest.client(key) as client:
            assert client.post("/api/v1/ingest", json=["a line"]).status_code == 202
            assert client.get("/readyz").status_code == 200

            if way == "killed":
                server.kill()
            else:
                os.kill(server.process.pid, signal.SIGSTOP)
            time.sleep(0.3)
            for request in REQUESTS:
                assert refused(client, *request) < BOUND_S, request
            assert client.get("/healthz").status_code == 200
            assert client.get("/metrics").status_code == 200

            if way == "killed":
                server.start()
            else:
                os.kill(server.process.pid, signal.SIGCONT)
            wait_until(lambda c=client: c.get("/readyz").status_code == 200, 5)
            assert client.post("/api/v1/ingest", json=["another line"]).status_code == 202


def test_many_requests_at_once_do_not_pile_up_behind_a_hanging_redis(start_ingest: Any, redis_servers: Any) -> None:
    server = redis_servers()
    ingest = start_ingest(server.url, threads=4)
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        with ingest.client(ingest.admin_key) as client, ThreadPoolExecutor(40) as pool:
            client.get("/healthz")
            times = list(pool.map(lambda _: refused(client, *REQUESTS[0]), range(80)))
            assert max(times) < 4
            assert client.get("/healthz").elapsed.total_seconds() < 1
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def test_front_door_starts_while_redis_is_away(start_ingest: Any, redis_servers: Any) -> None:
    server = redis_servers()
    server.kill()
    ingest = start_ingest(server.url)
    with ingest.client(ingest.admin_key) as client:
        assert client.get("/healthz").status_code == 200
        assert refused(client, *REQUESTS[0]) < BOUND_S
        server.start()
        wait_until(lambda: client.get("/readyz").status_code == 200, 5)
        assert client.post("/api/v1/ingest", json=["a line"]).status_code == 202


def test_too_much_unscored_work_is_refused_before_the_body_is_read(start_ingest: Any, redis_servers: Any) -> None:
    ingest = start_ingest(redis_servers().url, max_pending_events=50)
    with ingest.client(ingest.admin_key) as client:
        pushes = [client.post("/api/v1/ingest", json=["a"] * count).status_code for count in (20, 20, 20, 10)]
        assert pushes == [202, 202, 503, 202]
        time.sleep(0.3)
        assert refused(client, "POST", "/score_log", {"log": "x"}) < BOUND_S
        assert client.get("/api/v1/streams").status_code == 200, "reading goes on"
    with socket.create_connection(("127.0.0.1", ingest.port), timeout=5) as connection:
        head = (
            f"POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX-API-Key: {ingest.admin_key}\r\nContent-Length: 999\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert b"HTTP/1.1 503 " in connection.recv(4096), "without having sent one byte of the body"


def test_full_redis_refuses_pushes_and_says_so(start_ingest: Any, redis_servers: Any) -> None:
    server = redis_servers("--maxmemory", "6mb")
    ingest = start_ingest(server.url)
    body = "\n".join(os.urandom(100).hex() for _ in range(1000)).encode()
    with ingest.client(ingest.admin_key) as client:
        for _ in range(100):
            answer = client.post("/api/v1/ingest", content=body)
            assert answer.status_code in (202, 503), answer.text
            if answer.status_code == 503:
                break
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/v1/streams").status_code == 200
