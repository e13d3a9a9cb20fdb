"""Feedback over HTTP and by the command: who may, what is refused, and that saying it twice is saying it once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from flag_builders import among_calm

from shared.core.records import Severity
from shared.store import keyspace
from shared.store.connection import connect
from shared.store.flag_records import encode_flag
from shared.store.incidents import Attachment, Incidents, StoredAnalysis

WINDOWS = iter(range(1, 10_000))


@pytest.fixture
def incident(ingest: Any) -> dict[str, str]:
    """A flag in an incident of its own; their ids and the stream's name."""
    number = next(WINDOWS)
    now_ms = time.time_ns() // 10**6
    stream, incident_id = f"app-{number}", f"i{number:016x}"
    flag = among_calm("ERROR disk full", stream=stream, flagged_at_ms=now_ms)
    analysis = StoredAnalysis("disk full", "disk_full", Severity.HIGH, "rules", "{}")
    with connect(ingest.redis_url) as redis:
        redis.set(keyspace.flag(flag.window_id), encode_flag(flag))
        templates = frozenset({"t1"})
        attachment = Attachment(
            flag.window_id, incident_id, stream, f"{number:016x}", now_ms, 0, 3, analysis, templates
        )
        Incidents(redis).attach(attachment, now_ms)
    return {"incident_id": incident_id, "window_id": flag.window_id, "stream": stream}


def test_given_listed_and_taken_back(ingest: Any, incident: dict[str, str]) -> None:
    said = {
        "incident_id": incident["incident_id"],
        "verdict": "false_positive",
        "expires_in": "30d",
        "note": "backup",
    }
    with ingest.client(ingest.triage_key) as triage, ingest.client(ingest.read_key) as reader:
        given = triage.post("/api/v1/feedback", json=said)
        assert given.status_code == 201, given.text
        body = given.json()
        assert (body["scope"], body["author"], body["stream"]) == ("template", "on-call", incident["stream"])
        assert body["is_effective"] and body["is_in_force"]
        assert triage.post("/api/v1/feedback", json=said).status_code == 200
        shown = reader.get(f"/api/v1/incidents/{incident['incident_id']}").json()
        assert (shown["state"], shown["silenced_by"], shown["people_category"]) == ("silenced", body["id"], "benign")
        assert [item["id"] for item in shown["feedback"]] == [body["id"]]
        listed = reader.get("/api/v1/feedback", params={"incident": incident["incident_id"]}).json()["feedback"]
        assert [item["note"] for item in listed] == ["backup"]
        undone = triage.delete(f"/api/v1/feedback/{body['id']}")
        assert (undone.status_code, undone.json()["undone_by"]) == (200, "on-call")
        assert reader.get(f"/api/v1/incidents/{incident['incident_id']}").json()["state"] == "open"
        assert reader.get("/api/v1/feedback", params={"stream": incident["stream"]}).json()["feedback"] == []
        ended = reader.get("/api/v1/feedback", params={"stream": incident["stream"], "ended": 1}).json()["feedback"]
        assert [item["is_in_force"] for item in ended] == [False]


def test_only_who_gave_it_or_an_administrator_takes_it_back(ingest: Any, incident: dict[str, str]) -> None:
    said = {"window_id": incident["window_id"], "verdict": "confirmed"}
    with ingest.client(ingest.admin_key) as admin, ingest.client(ingest.triage_key) as triage:
        mine = admin.post("/api/v1/feedback", json=said | {"author": "root"}).json()
        assert (mine["scope"], mine["category"], mine["author"]) == ("window", "disk_full", "root")
        assert triage.delete(f"/api/v1/feedback/{mine['id']}").status_code == 403
        outweighed = triage.post(
            "/api/v1/feedback", json={"incident_id": incident["incident_id"], "verdict": "false_positive"}
        ).json()
        assert outweighed["is_effective"] is False
        assert admin.delete(f"/api/v1/feedback/{outweighed['id']}").status_code == 200
        assert triage.delete("/api/v1/feedback/f0000000000000000").status_code == 404
        assert triage.delete("/api/v1/feedback/..%2f..%2fx").status_code == 404


def test_missed_by_lines_or_by_time(ingest: Any) -> None:
    with ingest.client(ingest.triage_key) as client:
        by_lines = client.post(
            "/api/v1/feedback",
            json={
                "stream": "web",
                "verdict": "missed",
                "lines": ["a\u202eb\x00c", "x" * 3000],
                "category": "timeout",
            },
        )
        assert by_lines.status_code == 201, by_lines.text
        lines = by_lines.json()["lines"]
        assert lines[0] == "ab␀c"
        assert len(lines[1]) == 2000
        by_time = {"stream": "web", "verdict": "missed", "from": "2026-03-01T12:00:00Z", "to": 1772366460000}
        body = client.post("/api/v1/feedback", json=by_time).json()
        assert (body["first_time"], body["last_time"]) == ("2026-03-01T12:00:00.000Z", "2026-03-01T12:01:00.000Z")


HOSTILE = [
    b"",
    b"[]",
    b"null",
    b'{"verdict":"false_positive"}',
    b'{"verdict":"nonsense","incident_id":"i0000000000000001"}',
    b'{"verdict":"missed","stream":"web"}',
    b'{"verdict":"missed","stream":"no name/etc","lines":["x"]}',
    b'{"verdict":"false_positive","stream":"web"}',
    b'{"verdict":"false_positive","stream":"web","scope":"stream","expires_in":"400d"}',
    b'{"verdict":"false_positive","stream":"web","scope":"stream","expires_at":"never"}',
    b'{"verdict":"false_positive","window_id":"%s"}' % (b"z" * 20),
    b'{"verdict":"false_positive","incident_id":"i0000000000000001","stream":"web"}',
    b'{"verdict":"false_positive","incident_id":"i0000000000000001","extra":1}',
    b'{"verdict":"false_positive","incident_id":"i0000000000000001","category":"timeout"}',
    b'{"verdict":"wrong_class","incident_id":"i0000000000000001"}',
    b'{"verdict":"wrong_class","incident_id":"i0000000000000001","category":"benign"}',
    b'{"verdict":"missed","stream":"web","from":99999999999999999999}',
    b'{"verdict":"missed","stream":"web","from":"0001-01-01T00:00:00+23:59"}',
    b'{"verdict":"missed","stream":"web","from":1,"to":253402300799999}',
    b'{"verdict":"missed","stream":"web","from":1772366460000,"to":1772366400000}',
    b'{"verdict":"missed","stream":"web","from":253402300790000,"to":253402300799999}',
    b'{"verdict":"missed","stream":"web","lines":["x"],"to":1772366400000}',
    b'{"verdict":"missed","stream":"web","lines":[%s]}' % b",".join([b'"x"'] * 101),
    b'{"verdict":"confirmed","stream":"web","scope":"stream","note":"%s"}' % (b"n" * 501),
    b'{"verdict":"confirmed","stream":"web","scope":"stream","expires_in":"-1d"}',
    b'{"verdict":"confirmed","stream":"web","scope":"stream","expires_in":"1d","expires_at":1}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_feedback_is_refused_and_not_repeated(ingest: Any, body: bytes) -> None:
    with ingest.client(ingest.triage_key) as client:
        answer = client.post("/api/v1/feedback", content=body)
    assert answer.status_code == 422, answer.text
    assert len(answer.content) < 500
    assert b"nonsense" not in answer.content and b"etc" not in answer.content


@pytest.mark.parametrize(
    "target", [{"incident_id": "i" + "f" * 16}, {"window_id": "f" * 20}, {"incident_id": "x/../y"}]
)
def test_unknown_targets_are_404(ingest: Any, target: dict[str, str]) -> None:
    with ingest.client(ingest.triage_key) as client:
        assert client.post("/api/v1/feedback", json={"verdict": "confirmed"} | target).status_code == 404


def test_a_key_has_a_quota(start_ingest: Any, redis_url: str, incident: dict[str, str]) -> None:
    small = start_ingest(redis_url, feedback_per_day=2)
    with small.client(small.admin_key) as client:
        statuses = [
            client.post(
                "/api/v1/feedback",
                json={"window_id": incident["window_id"], "verdict": "confirmed", "author": f"one of {n}"},
            )
            for n in range(8)
        ]
    assert statuses[-1].status_code == 429
    assert statuses[-1].json()["code"] == "quota_exceeded"
    assert sum(answer.status_code == 201 for answer in statuses) <= 2


def loglynx(ingest: Any, *arguments: str, key: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "LOGLYNX_URL": ingest.url,
        "LOGLYNX_KEY": key or ingest.admin_key,
        "LOGLYNX_LANG": "en",
    }
    return subprocess.run(
        [sys.executable, "-m", "loglynx", "feedback", *arguments],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip


def test_the_command_marks_lists_and_takes_back(ingest: Any, incident: dict[str, str]) -> None:
    note = "\x1b[31mnightly"
    marked = loglynx(ingest, "mark", incident["incident_id"], "false_positive", "--for", "30d", "--note", note)
    assert marked.returncode == 0, marked.stderr
    feedback_id = marked.stdout.strip()
    listed = loglynx(ingest, "list", "--stream", incident["stream"])
    assert feedback_id[:8] in listed.stdout and "nightly" in listed.stdout and "\x1b[31m" not in listed.stdout
    as_json = json.loads(loglynx(ingest, "list", "--stream", incident["stream"], "--json").stdout)
    assert as_json["feedback"][0]["id"] == feedback_id
    assert loglynx(ingest, "undo", feedback_id).returncode == 0
    missed = loglynx(ingest, "missed", incident["stream"], "--line", "it broke", "--category", "timeout")
    assert missed.returncode == 0, missed.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("mark", "nonsense", "false_positive"),
        ("mark", "i0123456789abcdef", "perhaps"),
        ("mark", "i0123456789abcdef", "wrong_class"),
        ("missed", "web"),
        ("missed", "web", "--lines", "/no/such/file"),
        ("undo", "../x"),
    ],
)
def test_bad_commands_say_so_and_exit_2(ingest: Any, arguments: tuple[str, ...]) -> None:
    done = loglynx(ingest, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and len(done.stderr) < 1500
