"""The doorbell on a real Redis: it rings, and nothing but the allowed name ever runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer

from shared.store import keyspace
from shared.store.connection import connect
from shared.store.doorbell import MAX_WAITING, Doorbell, DoorbellWorker
from shared.store.doorbell_job import DoorbellJob

HARMLESS = json.dumps(["score_due", None, [], {}]).encode()


class Rounds:
    """The worker's work: counts how often it was asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


@pytest.fixture
def serve(redis_url: str, redis_client: Redis, rounds: Rounds) -> Callable[[], int]:
    """Serves what is on the queue; the worker has a client of its own, as in a service."""

    def run() -> int:
        client = connect(redis_url)
        try:
            return DoorbellWorker("detector", {"score_due": rounds}, client).run(burst=True)
        finally:
            client.close()

    return run


def smuggle(redis: Redis, data: bytes = HARMLESS, **fields: Any) -> None:
    """A job hash and its id on the queue, as whoever can write to Redis would put them there."""
    job_id = f"evil{time.monotonic_ns()}"
    redis.hset(f"rq:job:{job_id}", mapping={
        "data": data, "created_at": "2026-01-01T00:00:00.000000Z", "origin": "detector", "status": "queued", **fields,
    })  # fmt: skip
    redis.rpush("rq:queue:detector", job_id)


def refused(redis: Redis) -> int:
    return int(redis.hget(keyspace.TOTALS, "refused_jobs") or 0)  # type: ignore[arg-type]


def test_a_ring_is_answered_once(redis_client: Redis, serve: Callable[[], int], rounds: Rounds) -> None:
    bell = Doorbell(redis_client)
    assert bell.ring("detector")
    assert not bell.ring("detector")
    assert serve() == 0
    assert rounds.count == 1
    assert refused(redis_client) == 0
    assert not redis_client.keys("rq:job:*")
    assert bell.ring("detector")  # the worker cleared the ring before it looked


def test_an_unanswered_bell_does_not_fill_redis(redis_client: Redis) -> None:
    bell = Doorbell(redis_client)
    for _ in range(3 * MAX_WAITING):
        redis_client.delete(keyspace.ring("detector"))
        bell.ring("detector")
    assert redis_client.llen("rq:queue:detector") == MAX_WAITING


def test_rings_for_unknown_queues_are_an_error_and_for_a_lost_redis_are_not(redis_client: Redis) -> None:
    with pytest.raises(KeyError):
        Doorbell(redis_client).ring("nope")
    assert Doorbell(connect("redis://127.0.0.1:1/0")).ring("detector") is False


def test_worker_takes_only_the_queues_own_name(redis_client: Redis) -> None:
    for queue, name in [("detector", "retrain"), ("elsewhere", "score_due")]:
        with pytest.raises(ValueError, match="nothing else"):
            DoorbellWorker(queue, {name: print}, redis_client)


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "score_due.__call__", "retrain", "shared.store.ledger.Ledger"]
)
def test_smuggled_function_is_refused(
    redis_client: Redis, serve: Callable[[], int], rounds: Rounds, tmp_path: Path, name: str
) -> None:
    trace = tmp_path / "ran"
    smuggle(redis_client, json.dumps([name, None, [f"touch {trace}"], {}]).encode())
    Doorbell(redis_client).ring("detector")
    assert serve() == 0
    assert not trace.exists()
    assert (refused(redis_client), rounds.count) == (1, 1)


def test_smuggled_pickle_is_not_opened(redis_client: Redis, serve: Callable[[], int], tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    pickled = f"cos\nsystem\n(S'touch {trace}'\ntR.".encode()
    smuggle(redis_client, pickled, meta=pickled, result=pickled)
    assert serve() == 0
    assert not trace.exists() and refused(redis_client) == 1


@pytest.mark.parametrize("arguments", [[["x"], {}], [[], {"a": 1}]])
def test_allowed_name_with_arguments_is_refused(
    redis_client: Redis, serve: Callable[[], int], rounds: Rounds, arguments: list[Any]
) -> None:
    smuggle(redis_client, json.dumps(["score_due", None, *arguments]).encode())
    assert serve() == 0
    assert (refused(redis_client), rounds.count) == (1, 0)


@pytest.mark.parametrize("field", ["success_callback_name", "failure_callback_name", "stopped_callback_name"])
@pytest.mark.parametrize("data", [HARMLESS, b'["nope", null, [], {}]'])
def test_smuggled_callback_is_refused(
    redis_client: Redis, serve: Callable[[], int], rounds: Rounds, field: str, data: bytes
) -> None:
    before = set(os.environ)
    smuggle(redis_client, data, **{field: "os.putenv"})
    assert serve() == 0
    assert (refused(redis_client), rounds.count) == (1, 0)
    assert set(os.environ) == before


def test_smuggled_callback_would_run_in_plain_rq(redis_client: Redis) -> None:
    """The attack is real: rq's own job restores and imports the callback."""
    smuggle(redis_client, success_callback_name="os.system")
    (job_id,) = redis_client.lrange("rq:queue:detector", 0, -1)
    assert Job.fetch(job_id.decode(), redis_client, JSONSerializer).success_callback is os.system
    assert DoorbellJob.fetch(job_id.decode(), redis_client, JSONSerializer).success_callback is None


def test_smuggled_webhook_is_refused_and_not_sent(
    redis_client: Redis, serve: Callable[[], int], rounds: Rounds
) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.3)
        hook = {"url": f"http://127.0.0.1:{listener.getsockname()[1]}/", "job_status": "finished"}
        smuggle(redis_client, webhooks=json.dumps([hook, {**hook, "job_status": "failed"}]))
        assert serve() == 0
        with pytest.raises(TimeoutError):
            listener.accept()
    assert (refused(redis_client), rounds.count) == (1, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": "not a time"}, {"started_at": b"\xff\xfe"}, {"origin": b"\xff"}, {"status": "strange"},
        {"data": b"\x00\xff"}, {"data": b"x" * 10_000}, {"data": b"[" * 3000}, {"worker_name": b"\xff"},
        {"timeout": "x", "result_ttl": "y"},
    ],
)  # fmt: skip
def test_damaged_job_does_not_stop_the_worker(
    redis_client: Redis, serve: Callable[[], int], rounds: Rounds, fields: dict[str, Any]
) -> None:
    smuggle(redis_client, **{"data": HARMLESS, **fields})
    Doorbell(redis_client).ring("detector")
    assert serve() == 0
    harmless = "timeout" in fields  # those fields are not even looked at
    assert (refused(redis_client), rounds.count) == ((0, 2) if harmless else (1, 1))


def test_job_key_of_another_type_does_not_stop_the_worker(
    redis_client: Redis, serve: Callable[[], int], rounds: Rounds
) -> None:
    redis_client.set("rq:job:odd", "x")
    redis_client.rpush("rq:queue:detector", "odd", "never-was")
    Doorbell(redis_client).ring("detector")
    assert serve() == 0
    assert (refused(redis_client), rounds.count) == (1, 1)


def test_work_that_raises_does_not_stop_the_worker(redis_client: Redis, redis_url: str) -> None:
    asked = []

    def work() -> None:
        asked.append(1)
        raise RuntimeError("boom")

    bell = Doorbell(redis_client)
    for _ in range(2):
        bell.ring("detector")
        client = connect(redis_url)
        assert DoorbellWorker("detector", {"score_due": work}, client).run(burst=True) == 0
        client.close()
    assert len(asked) == 2
    queue = Queue("detector", connection=redis_client, job_class=DoorbellJob, serializer=JSONSerializer)
    assert len(queue.failed_job_registry) == 2


WORKER = """
import sys
from shared.store.connection import connect
from shared.store.doorbell import DoorbellWorker
def work():
    print("round", flush=True)
print("ready", flush=True)
sys.exit(DoorbellWorker("detector", {"score_due": work}, connect(sys.argv[1]), give_up_s=float(sys.argv[2])).run())
"""


class Worker:
    """A doorbell worker in a process of its own; its lines are collected as they come."""

    def __init__(self, url: str, give_up_s: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, url, str(give_up_s)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, cwd=Path(__file__).parents[4],
        )  # fmt: skip
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as out:
            self.lines += iter(out.readline, "")

    def wait_for(self, line: str, count: int, timeout_s: float = 20) -> bool:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.lines.count(line + "\n") >= count:
                return True
            time.sleep(0.05)
        return False

    def end(self) -> int:
        try:
            self.process.send_signal(signal.SIGTERM)
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join(5)


def test_worker_stops_when_told(redis_client: Redis, redis_url: str) -> None:
    worker = Worker(redis_url, 30)
    assert worker.wait_for("ready", 1)
    Doorbell(redis_client).ring("detector")
    assert worker.wait_for("round", 1)
    assert worker.end() == 0


def test_worker_survives_a_restart_of_redis(redis_servers: Callable[..., Any]) -> None:
    server = redis_servers()
    worker = Worker(server.url, 30)
    try:
        assert worker.wait_for("ready", 1)
        client = connect(server.url)
        Doorbell(client).ring("detector")
        assert worker.wait_for("round", 1)
        server.kill()
        time.sleep(1)
        server.start()
        seen = len(worker.lines)
        deadline = time.monotonic() + 15
        while len(worker.lines) == seen and time.monotonic() < deadline:
            client.delete(keyspace.ring("detector"))
            Doorbell(client).ring("detector")
            time.sleep(0.2)
        assert len(worker.lines) > seen
        client.close()
    finally:
        assert worker.end() == 0


def test_worker_that_never_finds_redis_gives_up_with_a_status(tmp_path: Path) -> None:
    worker = Worker("redis://127.0.0.1:1/0", 1)
    try:
        assert worker.process.wait(20) == 3
    finally:
        worker.end()
