"""Feedback with a click on an incident's page: without scripts, from our own pages only, and in a real browser."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser import Browser, browsing
from flag_builders import among_calm

from shared.core.access import Scope
from shared.core.records import Severity
from shared.store import keyspace
from shared.store.api_keys import ApiKeys
from shared.store.connection import connect
from shared.store.flag_records import encode_flag
from shared.store.incidents import Attachment, Incidents, StoredAnalysis

NUMBERS = iter(range(0xA000, 0xFFFF))
EXPLAINED = (
    '{"category":"disk_full","confidence":0.9,"severity":"high","title":"disk full","explanation":"The disk of the '
    'store is full.","probable_cause":"Old logs.","evidence":[4],"actions":[{"id":"x","text":"Free space"}],"engine":"rules","language":"en"}'
)


@pytest.fixture
def incident_id(ingest: Any) -> str:
    number = next(NUMBERS)
    now_ms = time.time_ns() // 10**6
    flag = among_calm("ERROR store - No space left on device", stream=f"page-{number}", flagged_at_ms=now_ms)
    analysis = StoredAnalysis(f"disk full {number}", "disk_full", Severity.HIGH, "rules", EXPLAINED)
    with connect(ingest.redis_url) as redis:
        redis.set(keyspace.flag(flag.window_id), encode_flag(flag))
        attachment = Attachment(
            flag.window_id, f"i{number:016x}", f"page-{number}", f"{number:016x}", now_ms, 0, 3, analysis,
            frozenset({"t1"}),
        )  # fmt: skip
        return Incidents(redis).attach(attachment, now_ms).incident_id


@pytest.fixture
def on_call_key(ingest: Any) -> str:
    """May read and give feedback, and nothing else."""
    with connect(ingest.redis_url) as redis:
        return ApiKeys(redis).create("on-call", [Scope.READ, Scope.TRIAGE], 0)[0]


def state_of(ingest: Any, incident_id: str) -> dict[str, Any]:
    with ingest.client(ingest.read_key) as client:
        return client.get(f"/api/v1/incidents/{incident_id}").json()


def test_one_form_says_it_and_one_takes_it_back(ingest: Any, incident_id: str, on_call_key: str) -> None:
    with httpx.Client(base_url=ingest.url, auth=("ann", on_call_key), timeout=30) as browser:
        page = f"/ui/incidents/{incident_id}"
        assert 'name="verdict" value="false_positive"' in browser.get(page).text
        answer = browser.post(f"{page}/feedback?lang=zh", data={"verdict": "false_positive", "note": "<b>ok</b>"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{page}?lang=zh")
        text = browser.get(page).text
        assert "Silenced: flags like this" in text and "&lt;b&gt;ok&lt;/b&gt;" in text and "<b>ok" not in text
        assert "已屏蔽" in browser.get(f"{page}?lang=zh").text
        said = state_of(ingest, incident_id)["feedback"][0]
        assert said["author"] == "on-call"
        assert browser.post(f"/ui/feedback/{said['id']}/undo").headers["location"] == page
        assert state_of(ingest, incident_id)["state"] == "open"
        wrong = browser.post(f"{page}/feedback", data={"verdict": "wrong_class", "category": "hardware_error"})
        assert wrong.status_code == 303
        assert state_of(ingest, incident_id)["people_category"] == "hardware_error"
        refused = browser.post(f"{page}/feedback", data={"verdict": "<script>"})
        assert refused.status_code == 422 and "<script>" not in refused.text


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_another_sites_page_cannot_say_it(
    ingest: Any, incident_id: str, on_call_key: str, headers: dict[str, str]
) -> None:
    with httpx.Client(base_url=ingest.url, auth=("ann", on_call_key), headers=headers, timeout=30) as browser:
        said = browser.post(f"/ui/incidents/{incident_id}/feedback", data={"verdict": "false_positive"})
        assert said.status_code == 403
    assert state_of(ingest, incident_id)["state"] == "open"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path / "profile") as found:
        if found is None:
            pytest.skip("no Chromium on this machine")
        yield found


def test_a_person_clicks_and_undoes(
    ingest: Any, incident_id: str, on_call_key: str, browser: Browser, tmp_path: Path
) -> None:
    """With scripts off. LOGLYNX_SCREENSHOTS names a directory for pictures of each step."""
    pictures = Path(os.environ.get("LOGLYNX_SCREENSHOTS", tmp_path))
    page = f"http://ann:{on_call_key}@127.0.0.1:{ingest.port}/ui/incidents/{incident_id}"
    browser.open(page)
    browser.screenshot(pictures / "incident.png")
    browser.type('input[name="note"]', "the nightly backup")
    browser.click('button[value="false_positive"]')
    shown = state_of(ingest, incident_id)
    assert (shown["state"], shown["feedback"][0]["note"]) == ("silenced", "the nightly backup")
    assert "Silenced: flags like this" in browser.html()
    browser.screenshot(pictures / "silenced.png")
    browser.click('form[action^="/ui/feedback/"] button')
    assert state_of(ingest, incident_id)["state"] == "open"
    assert 'class="said"' not in browser.html()
    browser.click('button[value="confirmed"]')
    assert state_of(ingest, incident_id)["people_category"] == "disk_full"
    browser.open(page + "?lang=zh")
    browser.screenshot(pictures / "confirmed-zh.png")
    assert "已确认" in browser.html()
