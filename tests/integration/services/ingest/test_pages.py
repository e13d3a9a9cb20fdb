"""The pages: in two languages, without scripts, and whatever a log line says stays text."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser
from typing import Any

import pytest

from shared.core.records import Flag, FlaggedEvent, Reason, Severity, Verdict, VerdictState
from shared.store import keyspace
from shared.store.connection import connect
from shared.store.flag_records import encode_flag
from shared.store.incidents import Attachment, Incidents, StoredAnalysis

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "</td></table><iframe src=//evil.example></iframe>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% for a in (1,) %}x{% endfor %}",
    "' onmouseover='alert(1)",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<!-- --><base href=//evil.example/>",
]
TAGS = (
    "html head meta title link body header nav a span main div b h1 h2 p table tr th td time progress footer code "
    "form input select option button ul li pre details summary"
)
ALLOWED_TAGS = frozenset(TAGS.split())


class Tags(HTMLParser):
    """Collects tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def an_incident(redis_url: str, payload: str) -> str:
    """An incident whose every text is ``payload``; its id."""
    now_ms = time.time_ns() // 10**6
    number = abs(hash(payload)) % 16**16
    incident_id, window_id = f"i{number:016x}", f"{number:020x}"
    verdict = Verdict(
        window_id, "hostile", (3, 4), VerdictState.FLAGGED, 0.97, 12.0, 6.0, "m1", 1,
        reasons=(Reason(payload, (1,), payload),), severity=Severity.HIGH,
    )  # fmt: skip
    events = (FlaggedEvent(1, 3, "an ordinary line", "t"), FlaggedEvent(2, 4, payload, payload, "ERROR", payload))
    document = {
        "category": "disk_full", "confidence": 0.5, "severity": "high", "title": payload, "explanation": payload,
        "probable_cause": payload, "evidence": [2], "actions": [{"id": "x", "text": payload}], "engine": "rules",
        "language": "en",
    }  # fmt: skip
    with connect(redis_url) as redis:
        redis.set(keyspace.flag(window_id), encode_flag(Flag(verdict, events, now_ms)))
        analysis = StoredAnalysis(payload, "disk_full", Severity.HIGH, "rules", json.dumps(document))
        incidents = Incidents(redis)
        known = [incident.incident_id for incident in incidents.warm("hostile")]
        attached = incidents.attach(
            Attachment(window_id, incident_id, "hostile", f"{number:016x}", now_ms, 3, 4, analysis, known=known),
            now_ms,
        )
        assert attached.incident_id == incident_id, attached
    return incident_id


def check_page(answer: Any) -> Tags:
    assert answer.status_code == 200, answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    page = Tags(answer.text)
    for tag, attributes in page.tags:
        assert tag in ALLOWED_TAGS, tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"], attributes
        link = attributes.get("href") or attributes.get("action") or attributes.get("src") or ""
        assert not link.startswith(("//", "http", "javascript")), link
    return page


@pytest.mark.parametrize("payload", PAYLOADS)
def test_log_text_is_shown_as_text_only(ingest: Any, redis_url: str, payload: str) -> None:
    incident_id = an_incident(redis_url, payload)
    with ingest.client(ingest.read_key) as client:
        page = check_page(client.get(f"/ui/incidents/{incident_id}"))
        assert page.text.count(payload) >= 4, "title, explanation, cause and line are shown as they are"
        assert payload in check_page(client.get("/")).text


def test_incident_page_marks_the_evidence(ingest: Any, redis_url: str) -> None:
    incident_id = an_incident(redis_url, "No space left on device")
    with ingest.client(ingest.read_key) as client:
        text = client.get(f"/ui/incidents/{incident_id}").text
    rows = re.findall(r"<tr( class=\"evidence\"[^>]*)?>\s*<td class=\"number\">(\d+)</td>", text)
    assert [(bool(mark), number) for mark, number in rows] == [(False, "1"), (True, "2")]


@pytest.mark.parametrize(("language", "word"), [("en", "What happened"), ("zh-CN,zh;q=0.9", "发生了什么")])
def test_pages_speak_the_readers_language(ingest: Any, redis_url: str, language: str, word: str) -> None:
    incident_id = an_incident(redis_url, "disk")
    with ingest.client(ingest.read_key, cookies=None) as client:
        assert word in client.get(f"/ui/incidents/{incident_id}", headers={"accept-language": language}).text
        assert "异常事件" in client.get("/?lang=zh", headers={"accept-language": "en"}).text


def test_muted_incident_is_hidden_until_asked_for(ingest: Any, redis_url: str) -> None:
    incident_id = an_incident(redis_url, "to be muted")
    with ingest.client(ingest.admin_key) as client:
        answer = client.post(f"/ui/incidents/{incident_id}/mute", content=b"muted=true")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/ui/incidents/{incident_id}")
        assert "to be muted" not in client.get("/").text
        assert "to be muted" in client.get("/?muted=true").text
        ids = [item["id"] for item in client.get("/api/v1/incidents").json()["incidents"]]
        assert incident_id not in ids
        undone = client.post(f"/api/v1/incidents/{incident_id}/mute", json={"muted": False})
        assert undone.json()["state"] == "open"
        assert "to be muted" in client.get("/").text


def test_incident_for_programs(ingest: Any, redis_url: str) -> None:
    incident_id = an_incident(redis_url, "磁盘已满")
    with ingest.client(ingest.read_key) as client:
        body = client.get(f"/api/v1/incidents/{incident_id}").json()
    assert body["title"] == "磁盘已满"
    assert body["flags"][0]["lines"][1]["number"] == 2
    assert body["analysed_window"] == body["flags"][0]["verdict"]["window_id"]
    assert body["analysis"]["evidence"] == [2]


def test_jobs_are_listed_and_found(ingest: Any) -> None:
    with ingest.client(ingest.admin_key) as client:
        job_id = client.post("/api/v1/ingest?stream=paged", json=["<b>a</b>"]).json()["job_id"]
        assert job_id in check_page(client.get("/ui/jobs")).text
        assert job_id in check_page(client.get(f"/ui/jobs/{job_id}")).text
        assert client.get(f"/ui/jobs?id={job_id}").headers["location"] == f"/ui/jobs/{job_id}"
        assert client.get("/ui/jobs?id=//evil.example").status_code == 404


def test_problems_of_pages_are_pages(ingest: Any) -> None:
    with ingest.client(ingest.read_key) as client:
        answer = client.get("/ui/incidents/i0000000000000000")
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]


def test_style_sheet_is_served(ingest: Any) -> None:
    with ingest.client(ingest.read_key) as client:
        answer = client.get("/ui/style.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "@import" not in answer.text
    assert "url(" not in answer.text
