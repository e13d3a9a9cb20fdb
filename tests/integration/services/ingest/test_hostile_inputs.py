"""No input makes the front door fail: 0 answers of 5xx, small error bodies, none of which repeats what was sent."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any

import httpx
import pytest
from hostile_inputs import CANARY, HEADERS, IDS, QUERIES, Hostile, bodies, raw_requests

from shared.store.connection import connect
from shared.store.ledger import Ledger

BODY_PATHS = (
    "/api/v1/ingest",
    "/api/v1/ingest?dry_run=1",
    "/api/v1/detect",
    "/score_log",
    "/api/anomaly/detect",
    "/api/anomaly/batch_detect",
    "/api/anomaly/tokenize",
    "/loki/api/v1/push",
    "/v1/logs",
    "/_bulk",
    "/api/v1/incidents/i0123456789abcdef/mute",
    "/ui/incidents/i0123456789abcdef/mute",
)
GET_PATHS = ("/", "/ui/jobs", "/api/v1/incidents", "/api/v1/streams", "/jobs/j0", "/ui/jobs/j0")
ID_PATHS = (
    "/jobs/{}",
    "/api/v1/jobs/{}",
    "/api/v1/incidents/{}",
    "/ui/jobs/{}",
    "/ui/incidents/{}",
    "/{}",
    "/ui/{}",
)
MAX_ERROR_BYTES = 2048
BODIES = bodies()


def complaint(answer: httpx.Response) -> str:
    """What is wrong with an answer; "" when nothing is."""
    if answer.status_code >= 500:
        return f"{answer.status_code}: {answer.text[:200]}"
    if answer.status_code >= 400:
        if len(answer.content) > MAX_ERROR_BYTES:
            return f"error body of {len(answer.content)} bytes"
        if CANARY in answer.text or any(CANARY in value for value in answer.headers.values()):
            return "the error repeats the input"
    if "set-cookie" in answer.headers:
        return "a header was injected"
    return ""


def test_there_are_enough_inputs() -> None:
    names = [hostile.name for hostile in BODIES]
    assert len(set(names)) == len(names)
    assert len(names) >= 120


@pytest.mark.parametrize("hostile", BODIES, ids=lambda hostile: hostile.name)
def test_body(ingest: Any, hostile: Hostile) -> None:
    with ingest.client(ingest.admin_key) as client:
        for path in BODY_PATHS:
            started = time.monotonic()
            answer = client.post(path, content=hostile.body, headers=hostile.headers)
            assert not complaint(answer), f"{path}: {complaint(answer)}"
            assert time.monotonic() - started < 10, f"{path} took long"


@pytest.mark.parametrize("name", IDS)
def test_id(ingest: Any, name: str) -> None:
    with ingest.client(ingest.admin_key) as client:
        for path in ID_PATHS:
            url = httpx.URL(ingest.url).copy_with(raw_path=path.format(IDS[name]).encode())
            answer = client.get(url)
            assert not complaint(answer), f"{path}: {complaint(answer)}"
            assert answer.status_code < 400 or answer.status_code in (404, 410), path


@pytest.mark.parametrize("name", QUERIES)
def test_query(ingest: Any, name: str) -> None:
    with ingest.client(ingest.admin_key) as client:
        for path in GET_PATHS:
            assert not complaint(client.get(f"{path}?{QUERIES[name]}")), path
        for path in BODY_PATHS:
            answer = client.post(f"{path.partition('?')[0]}?{QUERIES[name]}", content=b'{"lines":["a"],"log":"a"}')
            assert not complaint(answer), f"{path}: {complaint(answer)}"


@pytest.mark.parametrize("name", HEADERS)
def test_header(ingest: Any, name: str) -> None:
    with ingest.client(ingest.admin_key) as client:
        for path in GET_PATHS:
            assert not complaint(client.get(path, headers=HEADERS[name])), path
        for path in BODY_PATHS:
            answer = client.post(path, content=b'{"lines":["a"],"log":"a"}', headers=HEADERS[name])
            assert not complaint(answer), f"{path}: {complaint(answer)}"


RAW_NAMES = sorted(raw_requests(""))


@pytest.mark.parametrize("name", RAW_NAMES)
def test_raw_request(ingest: Any, name: str) -> None:
    answer = exchange(ingest.port, raw_requests(ingest.push_key)[name])
    status = answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.") else ""
    assert not status.startswith("5"), answer[:300]
    assert CANARY.encode() not in answer
    if status.startswith("4") and b"HTTP/1.1 2" not in answer:
        assert len(answer) < 2 * MAX_ERROR_BYTES
    assert httpx.get(f"{ingest.url}/healthz", timeout=5).status_code == 200


def exchange(port: int, request: bytes, patience_s: float = 4.0) -> bytes:
    """What comes back for raw bytes until the connection closes or falls silent."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        with suppress(OSError):  # closed on us: its right
            connection.sendall(request)
        connection.settimeout(patience_s)
        try:
            while piece := connection.recv(65536):
                received += piece
                connection.settimeout(0.3)
        except OSError:
            pass
    return received


def drip(port: int, first: bytes, drops: bytes, seconds: float) -> float:
    """Seconds until a connection that sends a byte at a time is closed."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(first)
        connection.settimeout(0.1)
        while time.monotonic() - started < seconds:
            try:
                connection.sendall(drops)
                if connection.recv(4096) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - started


def test_dripping_body_is_cut_at_its_deadline(ingest: Any) -> None:
    head = f"POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX-API-Key: {ingest.push_key}\r\nContent-Length: 9999\r\n\r\n"
    received = b""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", ingest.port), timeout=5) as connection:
        connection.sendall(head.encode())
        connection.settimeout(0.1)
        while b" 408 " not in received and time.monotonic() - started < 8:
            try:
                connection.sendall(b"x")
                received += connection.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
    assert b"HTTP/1.1 408 " in received
    assert 1.5 < time.monotonic() - started < 4


def test_connection_of_a_dripping_body_is_closed(ingest: Any) -> None:
    head = f"POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX-API-Key: {ingest.push_key}\r\nContent-Length: 9999\r\n\r\n"
    assert 1.5 < drip(ingest.port, head.encode(), b"x", 6) < 4


def test_connection_of_a_refused_body_that_does_not_end_is_closed(ingest: Any) -> None:
    head = b"POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX-API-Key: none\r\nContent-Length: 9999\r\n\r\n"
    assert 1.5 < drip(ingest.port, head, b"x", 6) < 4


def status_on(connection: socket.socket) -> int:
    """The status of one answer, read to its end."""
    answer = HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def test_connection_serves_on_after_a_refused_body_has_ended(ingest: Any) -> None:
    refused = b"POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX-API-Key: none\r\nContent-Length: 3\r\n\r\nx"
    with socket.create_connection(("127.0.0.1", ingest.port), timeout=5) as connection:
        connection.sendall(refused)
        assert status_on(connection) == 401
        connection.sendall(b"xx")
        time.sleep(3)  # longer than a body may take
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status_on(connection) == 200


def test_dripping_head_is_closed(start_ingest: Any, redis_url: str) -> None:
    own = start_ingest(redis_url, header_deadline_s=1)
    assert drip(own.port, b"GET / HTTP/1.1\r\nX: ", b"a", 6) < 3
    assert drip(own.port, b"", b"", 6) < 3


def test_silent_connections_do_not_disturb_others(ingest: Any) -> None:
    held = [socket.create_connection(("127.0.0.1", ingest.port), timeout=5) for _ in range(200)]
    try:
        for connection in held:
            connection.sendall(b"POST /api/v1/ingest HTTP/1.1\r\nHost: x\r\nX: ")
        started = time.monotonic()
        with ingest.client(ingest.push_key) as client:
            assert client.post("/api/v1/ingest", content=b"still here").status_code == 202
        assert time.monotonic() - started < 2
    finally:
        for connection in held:
            connection.close()


def test_everything_that_was_accepted_can_be_read_back(ingest: Any, redis_url: str) -> None:
    """Whatever the inputs above left in the ledger: claims read it, texts are whole and encodable."""
    with ingest.client(ingest.push_key) as client:
        assert client.post("/api/v1/ingest", content=b'["\\ud800 \\u0000 \\u202e"]').status_code == 202
    with connect(redis_url) as redis:
        ledger = Ledger(redis)
        now_ms, events = time.time_ns() // 10**6 + 10_000, 0
        for _ in range(50):
            claims = ledger.claim(now_ms, 60_000, 50_000, 500)
            if not claims:
                break
            for claim in claims:
                for entry in ledger.read(claim):
                    for text in getattr(getattr(entry, "block", None), "texts", ()):
                        text.encode("utf-8")
                        assert "\0" not in text
                        events += 1
        assert events > 0
