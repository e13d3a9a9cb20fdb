"""The analyzer as a process, on a ledger: a pushed and flagged window ends as an explained incident of its job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flag_builders import among_calm
from redis import Redis
from stub_openai import StubServer

from shared.core.window_rules import WindowRule
from shared.core.windowing import EventRef, advance
from shared.store import keyspace
from shared.store.analyzers import Analyzers
from shared.store.blocks import Block
from shared.store.claims import Outcome
from shared.store.doorbell import Doorbell
from shared.store.incidents import Incidents
from shared.store.jobs import JobState
from shared.store.ledger import Ledger
from shared.store.pushes import Push, StreamPart

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start_worker(redis_url: str, redis_client: Redis) -> Iterator[Start]:
    """Starts ``python -m services.analyzer`` on the emptied server; ended after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**settings: str) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOGLYNX_")}
        environment["LOGLYNX_ANALYZER_REDIS_URL"] = redis_url
        environment |= {f"LOGLYNX_ANALYZER_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "services.analyzer"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until(is_true: Callable[[], object], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def flag_a_push(redis: Redis) -> str:
    """Push four lines and play the detector: one window, flagged. Returns the job's id."""
    ledger = Ledger(redis)
    now_ms = time.time_ns() // 1_000_000
    flag = among_calm("ERROR cart - connection refused: 10.3.4.5:6379", flagged_at_ms=now_ms)
    texts = [event.text for event in flag.events]
    part = StreamPart("app", "fixed:4", Block(now_ms, texts, [1] * len(texts)))
    job_id = ledger.accept_push(Push([part], lines=len(texts), idempotency_key=None, body_digest="d"), now_ms).job_id
    (claim,) = ledger.claim(now_ms, 30_000, 100, 10)
    items = [EventRef(seq, now_ms) for seq in range(len(texts))]
    (window,), state = advance(WindowRule.parse(claim.rule), claim.state, items)
    flag = replace(flag, verdict=replace(flag.verdict, window_id=window.window_id))
    assert window.seqs == flag.verdict.seqs
    assert ledger.commit(claim, Outcome(state, [flag.verdict], [flag]), now_ms)
    assert ledger.read_job(job_id, now_ms).state is JobState.ANALYZING
    return job_id


def test_a_flag_becomes_part_of_its_job_and_the_worker_stops_when_told(
    redis_client: Redis, start_worker: Start
) -> None:
    job_id = flag_a_push(redis_client)
    worker = start_worker()
    Doorbell(redis_client).ring("analyzer")
    ledger = Ledger(redis_client)
    wait_until(lambda: ledger.read_job(job_id, time.time_ns() // 1_000_000).state is JobState.DONE)
    (job_flag,) = ledger.read_job(job_id, time.time_ns() // 1_000_000).flags
    assert job_flag.incident["category"] == "connection_failure"
    assert "10.3.4.5:6379" in job_flag.incident["title"]
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0


def test_a_lost_ring_is_made_up_for(redis_client: Redis, start_worker: Start) -> None:
    start_worker()
    flag_a_push(redis_client)
    wait_until(lambda: Incidents(redis_client).latest())
    assert redis_client.zcard(keyspace.FLAGS_DUE) == 0


def test_a_killed_worker_loses_nothing(redis_client: Redis, start_worker: Start) -> None:
    worker = start_worker()
    flag_a_push(redis_client)
    worker.kill()
    worker.wait()
    start_worker()
    wait_until(lambda: Incidents(redis_client).latest())
    assert [incident.count for incident in Incidents(redis_client).latest()] == [1]


def test_a_worker_tells_what_answers_in_it_and_takes_it_back(
    start_worker: Start, redis_client: Redis, stub: StubServer
) -> None:
    stub.behaviours = ["enforces"]
    worker = start_worker(llm_url=stub.url, llm_model="m")

    def told() -> list[tuple[str, str, bool | None]]:
        found = Analyzers(redis_client).running(time.time_ns() // 1_000_000)
        return [(analyzer.engine, analyzer.model, analyzer.enforces_schema) for analyzer in found]

    wait_until(lambda: told() == [("openai", "stub-1", True)])
    worker.send_signal(signal.SIGTERM)
    worker.wait(20)
    assert told() == []
