"""The synchronous endpoints, answered by a stand-in for the detector: a window with the word "fail" is an anomaly."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from services.detector.fold_stream import fold_claim, parse_block
from services.detector.score_windows import flag_of
from shared.core.parsing import LineParser
from shared.core.records import Event, Severity, Verdict, VerdictState, Window
from shared.store.claims import Outcome
from shared.store.connection import connect
from shared.store.ledger import Ledger


def verdict_on(window: Window, events: list[Event]) -> Verdict:
    failing = tuple(index for index, event in enumerate(events) if "fail" in event.text)
    state = VerdictState.FLAGGED if failing else VerdictState.NORMAL
    score = 0.9 if failing else 0.1
    severity = Severity.HIGH if failing else None
    surprise = tuple(5.0 if index in failing else 0.0 for index in range(len(events)))
    return Verdict(
        window.window_id, window.stream, window.seqs, state, score, 9.0, 5.0, "m1", 0, {}, surprise, severity=severity
    )


def score_all(ledger: Ledger) -> None:
    now_ms = time.time_ns() // 10**6
    for claim in ledger.claim(now_ms, 30_000, 10_000, 1_000):
        folded = fold_claim(claim, ledger.read(claim), lambda block: parse_block(block, LineParser()))
        verdicts = [verdict_on(window, events) for window, events in zip(folded.windows, folded.events, strict=True)]
        flags = [
            flag_of(verdict, events, now_ms)
            for verdict, events in zip(verdicts, folded.events, strict=True)
            if verdict.state is VerdictState.FLAGGED
        ]
        assert ledger.commit(claim, Outcome(folded.state, verdicts, flags), now_ms)


@pytest.fixture(scope="module")
def scored(redis_url: str, ingest: Any) -> Iterator[Any]:
    """The front door with somebody who scores; requests here wait by ``?wait=``."""
    done = threading.Event()

    def work() -> None:
        with connect(redis_url) as redis:
            ledger = Ledger(redis)
            while not done.wait(0.02):
                score_all(ledger)

    worker = threading.Thread(target=work)
    worker.start()
    yield ingest
    done.set()
    worker.join()


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/score_log", {"log_seq": ["login failed from 1.1.1.1", "sudo reboot"]}, {"score": 0.9, "is_anomaly": True}),
        ("/score_log", {"log_seq": ["login ok", "sudo ls"]}, {"score": 0.1, "is_anomaly": False}),
        ("/score_log", {"log": "admin login failed from 1.2.3.4"}, {"score": 0.9, "is_anomaly": True}),
        ("/score_log", {"log": "admin login failed", "threshold": 0.95}, {"score": 0.9, "is_anomaly": False}),
        ("/api/anomaly/detect", {"log_text": "read block ok"}, {"score": 0.1, "is_anomaly": False}),
        ("/api/anomaly/detect", {"log_text": "read ok", "threshold": 0.05}, {"score": 0.1, "is_anomaly": True}),
    ],
)
def test_verdict_comes_back_at_once(scored: Any, path: str, body: Any, expected: Any) -> None:
    with scored.client(scored.push_key) as client:
        answer = client.post(f"{path}?wait=10", json=body)
    assert (answer.status_code, answer.json()) == (200, expected)


def test_batch_results_come_in_the_order_of_the_logs(scored: Any) -> None:
    logs = [f"log {n} {'failed' if n % 3 == 0 else 'ok'}" for n in range(40)]
    with scored.client(scored.push_key) as client:
        body = client.post("/api/anomaly/batch_detect?wait=20", json={"log_texts": logs}).json()
    assert [result["index"] for result in body["results"]] == list(range(40))
    assert [result["is_anomaly"] for result in body["results"]] == [n % 3 == 0 for n in range(40)]
    assert (body["count"], body["anomalies"]) == (40, 14)


def test_sequence_longer_than_a_window_is_judged_by_its_worst_part(scored: Any) -> None:
    lines = [f"2026-03-01 step {n} ok" for n in range(600)]
    lines[450] = "2026-03-01 step 450 failed"
    with scored.client(scored.push_key) as client:
        assert client.post("/score_log?wait=20", json={"log_seq": lines}).json() == {"score": 0.9, "is_anomaly": True}


def test_detect_answers_the_job_with_flag_and_lines(scored: Any) -> None:
    with scored.client(scored.admin_key) as client:
        lines = ["2026-03-01 start", "2026-03-01 disk failed"]
        job = client.post("/api/v1/detect?wait=1", json={"lines": lines}).json()
        job = client.get(f"/jobs/{job['job_id']}").json()
    assert job["state"] in ("analyzing", "done")
    assert job["verdicts"][0]["state"] == "flagged"
    assert [line["text"] for line in job["flags"][0]["lines"]] == lines
    assert job["flags"][0]["verdict"]["severity"] == "high"


def test_stream_push_is_scored_and_its_flag_found_through_the_job(scored: Any) -> None:
    lines = [f"2026-03-01 12:00:{n % 60:02d} step {n}" for n in range(30)]
    lines[13] = "2026-03-01 12:00:13 step 13 failed"
    with scored.client(scored.admin_key) as client:
        job_id = client.post("/api/v1/ingest?stream=chain", json=lines).json()["job_id"]
        deadline = time.monotonic() + 15
        while (job := client.get(f"/jobs/{job_id}?wait=1").json())["events"]["scored"] < 30:
            assert time.monotonic() < deadline, job
        page = client.get(f"/ui/jobs/{job_id}").text
    (flag,) = job["flags"]
    assert (flag["verdict"]["first_event"], flag["verdict"]["last_event"]) == (10, 19)
    assert flag["lines"][3]["text"] == lines[13]
    assert lines[13] in page
