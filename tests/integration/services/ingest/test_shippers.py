"""The endpoints of shippers on a running front door: recorded requests, handshakes, answers, outages."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

import cramjam
import httpx
import pytest
from shipper_recordings import Recording, beside, own

from services.ingest.protocols.wire_messages import loki, otlp
from shared.store.connection import connect
from shared.store.ledger import Ledger

LOKI, OTLP, BULK = "/loki/api/v1/push", "/v1/logs", "/_bulk"
READ_HERE = ("/loki/api/v1/push", "/api/prom/push", "/v1/logs", "/_bulk")
SUCCESS = {LOKI: 204, OTLP: 200, BULK: 200}
CREDENTIALS = ("authorization", "x-api-key", "dd-api-key")


def loki_body(line: str, at_ns: int, **labels: str) -> dict[str, Any]:
    return {"streams": [{"stream": {"app": "shop"} | labels, "values": [[str(at_ns), line]]}]}


def otlp_body(line: str, at_ns: int) -> dict[str, Any]:
    record = {"timeUnixNano": str(at_ns), "body": {"stringValue": line}}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}


def bulk_body(*documents: dict[str, Any]) -> bytes:
    return b"".join(b'{"create":{"_index":"logs"}}\n' + json.dumps(item).encode() + b"\n" for item in documents)


def lines_stored(ingest: Any) -> int:
    with connect(ingest.redis_url) as redis:
        return Ledger(redis).totals().get("lines", 0)


def replay(ingest: Any, recording: Recording) -> tuple[int, bytes, dict[str, str]]:
    """Send it as it was sent, chunks included, but with a key of this front door."""
    connection = http.client.HTTPConnection("127.0.0.1", ingest.port, timeout=30)
    is_chunked = "chunked" in recording.header("transfer-encoding").lower()
    try:
        connection.putrequest(recording.method, recording.path, skip_host=True, skip_accept_encoding=True)
        for name, value in recording.headers:
            if name.lower() not in CREDENTIALS:
                connection.putheader(name, value)
        connection.putheader("X-API-Key", ingest.push_key)
        connection.endheaders()
        if is_chunked:
            half = max(1, len(recording.body) // 2)
            for piece in (recording.body[:half], recording.body[half:]):
                if piece:
                    connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.send(b"0\r\n\r\n")
        else:
            connection.send(recording.body)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, answer.read(), headers
    finally:
        connection.close()


def replayed(recording_list: list[Recording]) -> list[Recording]:
    return [r for r in recording_list if r.path.partition("?")[0].startswith(("/_", "/pino")) or r.path in READ_HERE]


@pytest.mark.parametrize("recording", replayed(own() + beside()), ids=lambda r: r.name)
def test_recording_is_answered_as_its_client_expects_and_stored(ingest: Any, recording: Recording) -> None:
    before = lines_stored(ingest)
    status, body, headers = replay(ingest, recording)
    path = recording.path.partition("?")[0]
    assert status == SUCCESS.get(path, 200), body
    if recording.messages is not None:
        stored = lines_stored(ingest) - before
        is_again = stored == 0 and replay(ingest, recording)[0] == status  # an earlier run's, within ten minutes
        assert stored == len(recording.messages) or is_again
    if path.startswith("/_"):
        assert headers["x-elastic-product"] == "Elasticsearch"
    if path == BULK:
        answered = json.loads(body)
        assert answered["errors"] is False
        assert len(answered["items"]) == len(recording.messages or [])


# --- the keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "names"),
    [(LOKI, "text/plain"), (OTLP, "application/x-protobuf"), (BULK, "application/json")],
)
def test_refusal_is_worded_as_the_protocol_words_it(ingest: Any, path: str, names: str) -> None:
    with ingest.client("wrong") as client:
        refused = client.post(path, content=b"{}")
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith(names)
    assert "www-authenticate" in refused.headers


@pytest.mark.parametrize("path", [LOKI, OTLP, BULK, "/logs/_bulk"])
def test_head_is_200_and_both_forms_of_the_path_are_known(ingest: Any, path: str) -> None:
    with ingest.client(ingest.push_key) as client:
        for form in (path, f"{path}/"):
            assert client.head(form).status_code == 200
            assert client.post(form, content=b"").status_code < 500
            assert client.post(form, content=b"").status_code != 404


# --- what is counted once, and what is not ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_ns", "stored"), [(1_772_366_400_123_456_789, 1), (1_772_366_400_000_000_000, 2)], ids=["fine", "coarse"]
)
def test_body_sent_twice_counts_once_only_where_its_stamps_tell_it_apart(
    ingest: Any, at_ns: int, stored: int
) -> None:
    body = loki_body(f"line of {time.monotonic_ns()}", at_ns)
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        assert [client.post(LOKI, json=body).status_code for _ in range(2)] == [204, 204]
    assert lines_stored(ingest) - before == stored


def test_retried_bulk_is_answered_item_by_item_again(ingest: Any) -> None:
    body = b'{"create":{"_index":"logs","_id":"%d"}}\n{"message":"once"}\n' % time.monotonic_ns()
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        answers = [client.post(BULK, content=body).json() for _ in range(2)]
    assert [item["create"]["status"] for answer in answers for item in answer["items"]] == [201, 201]
    assert lines_stored(ingest) - before == 1


# --- answers ----------------------------------------------------------------------------------------------------------


def test_bulk_answers_one_item_per_action_in_order(ingest: Any) -> None:
    body = (
        b'{"index":{"_index":"a","_id":"1"}}\n{"message":"one"}\n'
        b'{"create":{"_index":"b"}}\nnot json\n'
        b'{"delete":{"_index":"c","_id":"3"}}\n'
        b'{"update":{"_index":"d","_id":"4"}}\n{"doc":{"message":"four"}}\n'
        b'{"index":{}}\n{"message":"five"}'
    )
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        answer = client.post("/fallback/_bulk", content=body).json()
    kinds = [(kind, item["_index"], item["status"]) for found in answer["items"] for kind, item in found.items()]
    assert kinds == [
        ("index", "a", 201),
        ("create", "b", 400),
        ("delete", "c", 404),
        ("update", "d", 200),
        ("index", "fallback", 201),
    ]
    assert answer["errors"] is True
    assert lines_stored(ingest) - before == 3


def test_partial_success_counts_what_was_refused(ingest: Any) -> None:
    body = otlp_body("taken", 1)
    body["resourceLogs"][0]["scopeLogs"][0]["logRecords"].append({"timeUnixNano": "2"})
    with ingest.client(ingest.push_key) as client:
        answer = client.post(OTLP, json=body)
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"


@pytest.mark.parametrize("kind", ["application/x-protobuf", "application/json"])
def test_otlp_answers_in_the_form_of_the_request(ingest: Any, kind: str) -> None:
    with ingest.client(ingest.push_key) as client:
        taken = client.post(OTLP, content=b"", headers={"content-type": kind})
        broken = client.post(OTLP, content=b"\x0a\xff", headers={"content-type": kind})
    assert (taken.status_code, taken.headers["content-type"]) == (200, kind)
    assert (broken.status_code, broken.headers["content-type"]) == (400, kind)
    if "json" in kind:
        assert broken.json()["code"] == 3
    else:
        assert otlp["Status"].FromString(broken.content).code == 3


def test_unreadable_bulk_is_422_so_that_nobody_sends_it_for_ever(ingest: Any) -> None:
    with ingest.client(ingest.push_key) as client:
        for body, headers in ((b"", {}), (b"\x1f\x8bbroken", {"content-encoding": "gzip"})):
            refused = client.post(BULK, content=body, headers=headers)
            assert refused.status_code == 422
            assert refused.json()["status"] == 422


@pytest.mark.parametrize("path", [LOKI, OTLP, BULK])
def test_bomb_is_refused(ingest: Any, path: str) -> None:
    bombs = {"gzip": gzip.compress(bytes(100 * 2**20)), "snappy": b"\xff\xff\xff\xff\x0f\x00a"}
    with ingest.client(ingest.push_key) as client:
        for encoding, bomb in bombs.items():
            assert client.post(path, content=bomb, headers={"content-encoding": encoding}).status_code == 413


def test_snappy_protobuf_is_stored_whatever_its_type_says(ingest: Any) -> None:
    request = loki["PushRequest"]()
    stream = request.streams.add(labels=b'{app="shop"}')
    stream.entries.add(line=b"a line \xff of bytes").timestamp.seconds = 1_772_366_400
    packed = bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        for headers in ({}, {"content-type": "application/x-protobuf"}, {"content-type": "text/plain"}):
            assert client.post(LOKI, content=packed, headers=headers).status_code == 204
    assert lines_stored(ingest) - before == 3


# --- handshakes -------------------------------------------------------------------------------------------------------

HANDSHAKES = [
    ("GET", "/_license?human=false"),
    ("GET", "/_xpack"),
    ("HEAD", "/_index_template/filebeat-8.19.2"),
    ("GET", "/_index_template/filebeat-8.19.2"),
    ("PUT", "/_index_template/logs"),
    ("PUT", "/_template/logstash"),
    ("HEAD", "/_ilm/policy/filebeat"),
    ("PUT", "/_ilm/policy/filebeat"),
    ("PUT", "/_data_stream/logs-app-default"),
    ("PUT", "/_ingest/pipeline/nginx"),
    ("GET", "/_nodes/http"),
    ("GET", "/_logstash/pipeline"),
    ("GET", "/_cluster/health?wait_for_status=yellow"),
    ("GET", "/_cat/health"),
    ("POST", "/pino/_refresh"),
    ("HEAD", "/"),
]


@pytest.mark.parametrize(("method", "path"), HANDSHAKES)
def test_handshake_is_answered_as_the_product(ingest: Any, method: str, path: str) -> None:
    with ingest.client(ingest.push_key) as client:
        answer = client.request(method, path, content=b"{}" if method in ("PUT", "POST") else None)
        assert answer.status_code == 200
        assert answer.headers["x-elastic-product"] == "Elasticsearch"
    with ingest.client() as client:
        refused = client.request(method, path)
        assert (refused.status_code, refused.headers["x-elastic-product"]) == (401, "Elasticsearch")


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": "Elastic-filebeat/8.15.0", "accept": "*/*"},
        {"accept": "application/vnd.elasticsearch+json; compatible-with=9"},
        {"x-elastic-client-meta": "es=9.5.1"},
        {"user-agent": "Vector/0.40.0 (x86_64-unknown-linux-gnu)"},
    ],
)
def test_root_greets_clients_and_shows_people_the_page(ingest: Any, headers: dict[str, str]) -> None:
    with ingest.client(ingest.push_key) as client:
        assert client.get("/", headers=headers).json()["version"]["number"] == "8.19.2"
    with ingest.client(ingest.admin_key) as client:
        page = client.get("/", headers={"accept": "text/html,application/xhtml+xml", "user-agent": "Mozilla/5.0"})
    assert page.headers["content-type"].startswith("text/html")


def test_readiness_of_loki_needs_no_key(ingest: Any) -> None:
    with ingest.client() as client:
        assert client.get("/ready").status_code == 200


# --- too much work, no store ------------------------------------------------------------------------------------------


@pytest.fixture
def full(start_ingest: Any, redis_url: str) -> Iterator[Any]:
    """A front door with no room for even one event."""
    with connect(redis_url) as redis:
        redis.flushall()
    running = start_ingest(redis_url, max_pending_events=1)
    with running.client(running.admin_key) as client:
        assert client.post("/api/v1/ingest", json=["fills it"]).status_code == 202
        time.sleep(0.3)
    yield running


def refusal(client: httpx.Client, path: str, **options: Any) -> httpx.Response:
    refused = client.post(path, **options)
    assert refused.status_code == 503
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    return refused


def test_overload_is_503_in_the_words_of_each_protocol(full: Any) -> None:
    with full.client(full.admin_key) as client:
        assert refusal(client, LOKI, json=loki_body("x", 1)).headers["content-type"].startswith("text/plain")
        assert refusal(client, OTLP, json=otlp_body("x", 1)).json()["code"] == 14
        said = refusal(client, BULK, content=bulk_body({"message": "x"}))
        assert said.json()["error"]["type"] == "es_rejected_execution_exception"
        assert said.headers["x-elastic-product"] == "Elasticsearch"
        assert client.get("/ready").status_code == 503


def test_rsyslog_is_told_429_for_every_item_because_it_looks_at_nothing_else(full: Any) -> None:
    request = httpx.Request(
        "POST",
        f"{full.url}{BULK}",
        headers={"content-type": "application/json; charset=utf-8", "x-api-key": full.admin_key},
        content=bulk_body({"message": "one"}, {"message": "two"}),
    )
    started = time.monotonic()
    with httpx.Client() as client:
        answer = client.send(request)
    assert time.monotonic() - started > 0.9, "it would send again at once"
    assert answer.status_code == 200
    assert answer.json()["errors"] is True
    assert [item["index"]["status"] for item in answer.json()["items"]] == [429, 429]
