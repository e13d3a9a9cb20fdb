"""Splunk's, Datadog's, plain HTTP's and the journal's endpoints on a running front door: recordings, answers, outages."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import shutil
import socket
import struct
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgpack
import pytest
from hostile_inputs import CANARY, bodies
from shipper_recordings import Recording, beside, own
from test_shippers import lines_stored, refusal, replay

from shared.store.connection import connect

EVENT, RAW, V2, V1, PLAIN, JOURNAL = (
    "/services/collector/event", "/services/collector/raw", "/api/v2/logs", "/v1/input", "/ingest", "/upload",
)  # fmt: skip
PATHS = (EVENT, RAW, V2, V1, PLAIN, JOURNAL)
ROOTS = ("/services/collector", V2, V1, PLAIN, JOURNAL)
SUCCESS = {V2: 202, JOURNAL: 202}
SYSTEMD = os.pathsep.join([os.environ.get("PATH", ""), "/lib/systemd", "/usr/lib/systemd"])
UPLOAD, REMOTE = (shutil.which(f"systemd-journal-{name}", path=SYSTEMD) for name in ("upload", "remote"))


def journal_entry(number: int, message: str, run: str = "1") -> bytes:
    return (
        f"__CURSOR=s={run};i={number:x}\n__REALTIME_TIMESTAMP={1_772_366_400_000_000 + number}\n"
        f"SYSLOG_IDENTIFIER=shop\nMESSAGE={message}\n\n"
    ).encode()


def replayed(found: list[Recording]) -> list[Recording]:
    return [r for r in found if r.messages is not None and r.path.startswith(ROOTS)]


@pytest.mark.parametrize("recording", replayed(own() + beside()), ids=lambda r: r.name)
def test_recording_is_answered_as_its_client_expects_and_stored(ingest: Any, recording: Recording) -> None:
    before = lines_stored(ingest)
    status, body, _ = replay(ingest, recording)
    assert status == SUCCESS.get(recording.path, 200), body
    stored = lines_stored(ingest) - before
    is_again = stored == 0 and replay(ingest, recording)[0] == status  # an earlier run's
    assert stored == len(recording.messages or []) or is_again


# --- keys -------------------------------------------------------------------------------------------------------------


def test_key_is_taken_in_the_form_of_each_client(ingest: Any) -> None:
    key = ingest.push_key
    forms: list[tuple[str, dict[str, Any]]] = [
        (EVENT, {"headers": {"authorization": f"Splunk {key}"}}),
        (EVENT, {"auth": ("x", key)}),
        (f"{EVENT}?token={key}", {}),
        (V2, {"headers": {"dd-api-key": key}}),
        (f"{V2}?dd-api-key={key}", {}),
        (f"{V1}?api_key={key}", {}),
        (f"{V1}/{key}", {}),
        (PLAIN, {"auth": ("fluent", key)}),
        (PLAIN, {"headers": {"x-api-key": key}}),
        (JOURNAL, {"auth": ("any", key)}),
    ]
    with ingest.client() as client:
        for path, options in forms:
            body = journal_entry(1, "x") if path == JOURNAL else b'{"event":"x","message":"x"}'
            answer = client.post(path, content=body, **options)
            assert answer.status_code in (200, 202), (path, answer.text)


@pytest.mark.parametrize(
    ("path", "missing", "wrong"),
    [(EVENT, (401, 2), (403, 4)), (V2, (401, None), (403, None)), (PLAIN, (401, None), (401, None)),
     (JOURNAL, (401, None), (401, None))],
)  # fmt: skip
def test_missing_and_wrong_key_are_said_in_the_words_of_the_protocol(
    ingest: Any, path: str, missing: tuple[int, int | None], wrong: tuple[int, int | None]
) -> None:
    with ingest.client() as client:
        for headers, (status, code) in (({}, missing), ({"authorization": "Splunk nonsense"}, wrong)):
            refused = client.post(path, content=b"x", headers=headers)
            assert refused.status_code == status
            if code is not None:
                assert refused.json()["code"] == code
    with ingest.client(ingest.read_key) as client:
        assert client.post(path, content=b"x").status_code == 403


# --- Splunk -----------------------------------------------------------------------------------------------------------


def test_docker_finds_options_answered_without_a_key(ingest: Any) -> None:
    for path in (f"{EVENT}/1.0", EVENT, RAW, f"{RAW}/1.0", "/services/collector"):
        answer = httpx.options(f"{ingest.url}{path}", headers={"origin": "http://elsewhere"})
        assert answer.status_code == 200
        assert answer.content == b""


def test_health_needs_no_key(ingest: Any) -> None:
    for path in ("/services/collector/health", "/services/collector/health/1.0"):
        assert httpx.get(f"{ingest.url}{path}").json()["code"] == 17


@pytest.mark.parametrize(("body", "code"), [(b"", 5), (b"[]", 5), (b"nonsense", 6), (b'{"event":', 6)])
def test_refused_event_has_its_code(ingest: Any, body: bytes, code: int) -> None:
    with ingest.client(ingest.push_key) as client:
        refused = client.post(EVENT, content=body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_good_events_of_a_bad_batch_are_stored(ingest: Any) -> None:
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        answer = client.post(EVENT, content=b'{"event":"a"}{"event":"b"}{"event":')
    assert answer.json() == {"text": "Success", "code": 0}
    assert lines_stored(ingest) - before == 2


def test_acknowledgement_is_given_on_a_channel_and_true_at_once(ingest: Any) -> None:
    with ingest.client(ingest.push_key) as client:
        headers = {"x-splunk-request-channel": "c"}
        ids = [client.post(EVENT, content=b'{"event":"x"}', headers=headers).json()["ackId"] for _ in range(3)]
        asked = client.post("/services/collector/ack?channel=c", json={"acks": [*ids, 0, 10**18]}).json()["acks"]
        assert client.post("/services/collector/ack", content=b"{").json()["code"] == 6
    assert len(set(ids)) == 3
    assert [asked[str(one)] for one in ids] == [True] * 3
    assert (asked["0"], asked[str(10**18)]) == (False, False)


def test_raw_lines_are_stored(ingest: Any) -> None:
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        assert client.post(f"{RAW}?source=app&channel=c", content=b"one\ntwo\n").json()["code"] == 0
    assert lines_stored(ingest) - before == 2


# --- Datadog, plain HTTP ----------------------------------------------------------------------------------------------


def test_agent_is_told_that_its_key_is_valid_and_that_somebody_is_there(ingest: Any) -> None:
    with ingest.client() as client:
        headers = {"dd-api-key": ingest.push_key}
        assert client.get("/api/v1/validate", headers=headers).json() == {"valid": True}
        assert client.get("/api/v1/validate", headers={"dd-api-key": "no"}).status_code == 403
        assert client.post(V2, content=b"{}", headers=headers).status_code == 202


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", lambda b: zlib.compress(b, wbits=-15))],
)
def test_packed_records_are_stored(ingest: Any, encoding: str, pack: Any) -> None:
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        body = pack(json.dumps([{"message": "a"}, {"message": "b"}]).encode())
        assert client.post(V2, content=body, headers={"content-encoding": encoding}).status_code == 202
    assert lines_stored(ingest) - before == 2


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_collectors_get_a_count_of_what_was_taken(ingest: Any, method: str) -> None:
    body = b"".join(map(msgpack.packb, ([1.5, {"log": "a"}], 7, {"log": "b"})))
    with ingest.client(ingest.push_key) as client:
        answer = client.request(method, f"{PLAIN}/msgpack", content=body)
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 2, "rejected": 1, "errors": [{"index": 1, "reason": "not_text"}]}


def test_body_that_can_never_succeed_is_422_for_collectors(ingest: Any) -> None:
    packed = {"content-encoding": "gzip"}
    with ingest.client(ingest.push_key) as client:
        for body, headers in ((b"", {}), (b"{", {"content-type": "application/json"}), (b"\x1f\x8bx", packed)):
            assert client.post(PLAIN, content=body, headers=headers).status_code == 422
        large = client.post(PLAIN, content=bytes(17 << 20), headers={"user-agent": "syslog-ng 3.38.1"})
        assert large.status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (EVENT, b'{"time":"1772366400.%09d","event":"x"}'),
        (V2, b'{"date":"2026-03-01T12:00:00.%09dZ","message":"x"}'),
        (PLAIN, b'{"date":1772366400.%06d,"log":"x"}'),
    ],
)
def test_retried_body_is_stored_once(ingest: Any, path: str, body: bytes) -> None:
    body = body % (time.monotonic_ns() % 10**6 | 1)
    before = lines_stored(ingest)
    with ingest.client(ingest.push_key) as client:
        assert client.post(path, content=body).status_code == client.post(path, content=body).status_code
    assert lines_stored(ingest) - before == 1


# --- the journal ------------------------------------------------------------------------------------------------------


def upload(ingest: Any, pieces: Iterator[bytes]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", ingest.port, timeout=30)
    try:
        headers = {"x-api-key": ingest.push_key, "content-type": "application/vnd.fdo.journal"}
        connection.request("POST", JOURNAL, pieces, headers, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_upload_larger_than_any_body_is_stored_and_a_broken_one_goes_on(ingest: Any) -> None:
    run, count, before = str(time.monotonic_ns()), 6000, lines_stored(ingest)
    entries = [journal_entry(number, f"{number} " + "x" * 4000, run) for number in range(count)]
    assert sum(map(len, entries)) > 20 * 2**20
    with socket.create_connection(("127.0.0.1", ingest.port)) as broken:
        head = f"POST {JOURNAL} HTTP/1.1\r\nHost: x\r\nX-API-Key: {ingest.push_key}\r\nTransfer-Encoding: chunked\r\n\r\n"
        broken.sendall(head.encode())
        for entry in entries[:3000]:
            broken.sendall(b"%x\r\n%s\r\n" % (len(entry), entry))
        deadline = time.monotonic() + 20
        while lines_stored(ingest) == before and time.monotonic() < deadline:
            time.sleep(0.1)
    assert 0 < lines_stored(ingest) - before < 3000
    assert upload(ingest, iter(entries)) == (202, b"OK.\n")
    assert lines_stored(ingest) - before == count
    assert upload(ingest, iter(entries))[0] == 202
    assert lines_stored(ingest) - before == count


def test_upload_that_takes_longer_than_a_body_may_is_stored(ingest: Any) -> None:
    def slowly() -> Iterator[bytes]:
        for number in range(6):
            yield journal_entry(number, "slow", "slow")
            time.sleep(0.6)  # 3.6 s in all; a body has 2 s here

    assert upload(ingest, slowly())[0] == 202


@pytest.mark.parametrize("body", [b"hello", b'{"a":1}\n', b"MESSAGE\n\xff", b"\x00" * 1000])
def test_upload_that_is_no_journal_is_400(ingest: Any, body: bytes) -> None:
    assert upload(ingest, iter([body]))[0] == 400


@pytest.mark.skipif(not (UPLOAD and REMOTE), reason="systemd-journal-upload and -remote are not installed")
def test_real_upload_sends_a_journal_once(ingest: Any, tmp_path: Path) -> None:
    boot, trace = "_BOOT_ID=4d5f8b2c3a6e4f0fa1b2c3d4e5f60718\n", b"Traceback:\n\n  File x"
    count = 3000
    export = b"".join(
        f"__REALTIME_TIMESTAMP={1_772_366_400_000_000 + n}\n__MONOTONIC_TIMESTAMP={n}\n{boot}PRIORITY=6\n".encode()
        + (
            f"MESSAGE=order {n} paid\n\n".encode()
            if n
            else b"MESSAGE\n%b%b\n\n" % (struct.pack("<Q", len(trace)), trace)
        )
        for n in range(count)
    )
    journal = tmp_path / "made.journal"
    subprocess.run(
        [str(REMOTE), f"--output={journal}", "-"], input=export, check=True, capture_output=True, timeout=60
    )
    before = lines_stored(ingest)
    url = f"http://any:{ingest.push_key}@127.0.0.1:{ingest.port}"
    for _ in range(2):  # the second time from the cursor that the first one noted
        command = [
            str(UPLOAD),
            f"--url={url}",
            f"--file={journal}",
            "--follow=no",
            f"--save-state={tmp_path / 'state'}",
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert lines_stored(ingest) - before == count


# --- whatever comes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", bodies(), ids=lambda hostile: hostile.name)
def test_hostile_body_is_taken_or_refused_by_design(ingest: Any, hostile: Any) -> None:
    with ingest.client(ingest.push_key) as client:
        for path in (*PATHS, "/services/collector/ack"):
            answer = client.post(path, content=hostile.body, headers=hostile.headers)
            assert answer.status_code < 500, f"{path}: {answer.status_code} {answer.text[:200]}"
            assert answer.status_code < 400 or len(answer.content) < 2048
            assert answer.status_code < 400 or CANARY not in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_head_is_200_and_both_forms_of_the_path_are_known(ingest: Any, path: str) -> None:
    with ingest.client(ingest.push_key) as client:
        for form in (path, f"{path}/"):
            assert client.head(form).status_code == 200
            assert client.post(form, content=b"").status_code in (200, 202, 400, 422)


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


def test_overload_is_503_in_the_words_of_each_protocol(full: Any) -> None:
    with full.client(full.admin_key) as client:
        assert refusal(client, EVENT, content=b'{"event":"x"}').json() == {"text": "Server is busy", "code": 9}
        assert refusal(client, RAW, content=b"x").json()["code"] == 9
        assert refusal(client, V2, json=[{"message": "x"}]).json()["errors"][0]["status"] == "503"
        assert refusal(client, PLAIN, content=b"x").json()["code"] == "overloaded"
        assert (
            refusal(client, JOURNAL, content=journal_entry(1, "x")).headers["content-type"].startswith("text/plain")
        )
        health = client.get("/services/collector/health")
        assert (health.status_code, health.json()["code"]) == (503, 18)
        assert lines_stored(full) == 1
