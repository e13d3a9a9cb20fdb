"""docker-compose.yml brought up for real: push from the host, poll the job to an explained anomaly, kill things.

Runs only when asked for, since it builds images and takes minutes:
    LOGLYNX_E2E_COMPOSE=1 pytest tests/e2e/test_compose.py
It uses a project name, a port, secrets and a volume of its own, and removes all of them.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.trainer.datasets.simulators.demo import demo_stream

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / ".env.example"
START_TIMEOUT_S = 900
SETTLE_TIMEOUT_S = 120


def why_not() -> str:
    if os.environ.get("LOGLYNX_E2E_COMPOSE") != "1":
        return "set LOGLYNX_E2E_COMPOSE=1 to build and start the compose stack"
    if not shutil.which("docker"):
        return "there is no docker command"
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return f"`{' '.join(command)}` fails: no engine, or no compose plugin"
    return ""


pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(START_TIMEOUT_S + 300),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


class Stack:
    """One running compose project, and a client for its ingest."""

    def __init__(self, env_file: Path, port: int, key: str) -> None:
        self.project = f"loglynx-e2e-{os.getpid()}"
        self.env_file = env_file
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=40,
            trust_env=False,
        )

    def compose(self, *arguments: str, is_checked: bool = True) -> str:
        command = ["docker", "compose", "-p", self.project, "--env-file", str(self.env_file), *arguments]
        result = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, timeout=START_TIMEOUT_S, check=False
        )
        assert not is_checked or result.returncode == 0, (result.stdout + result.stderr)[-4000:]
        return result.stdout

    def inspect(self, service: str) -> dict[str, Any]:
        container = self.compose("ps", "-a", "-q", service).split()[0]
        answer = subprocess.run(["docker", "inspect", container], capture_output=True, text=True, check=True)
        return json.loads(answer.stdout)[0]  # type: ignore[no-any-return]

    def kill_process_of(self, service: str) -> None:
        """kill -9 from outside, as the kernel would when memory runs out; `compose kill` would count as a wish."""
        pid = self.inspect(service)["State"]["Pid"]
        try:
            os.kill(pid, signal.SIGKILL)
        except (PermissionError, ProcessLookupError):
            pytest.skip(
                "the container's processes cannot be killed from here (not root, or another machine's engine)"
            )

    def push(self, stream: str, lines: list[str]) -> str:
        """The job of an accepted push; asks again, with the same key, until it is accepted."""
        key = secrets.token_hex(8)
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while True:
            try:
                answer = self.http.post(
                    "/api/v1/ingest",
                    params={"stream": stream},
                    content="\n".join(lines).encode(),
                    headers={"Content-Type": "text/plain", "Idempotency-Key": key},
                )
                if answer.status_code == httpx.codes.ACCEPTED:
                    assert answer.json()["accepted"] + answer.json()["rejected_count"] == len(lines)
                    return str(answer.json()["job_id"])
                assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            except httpx.TransportError:
                pass  # ingest itself may be down for a moment
            assert time.monotonic() < deadline, "the push was never accepted"
            time.sleep(0.5)

    def job(self, job_id: str, is_explained: bool = False) -> dict[str, Any]:
        """The job once it is done, and each of its flags explained if that is asked."""
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while True:
            answer = self.http.get(f"/jobs/{job_id}", params={"wait": 5})
            job = answer.json()
            if answer.status_code == httpx.codes.OK and job["state"] == "done":
                flags = job["flags"]
                if not is_explained or all(flag["incident"] and flag["incident"]["analysis"] for flag in flags):
                    return job  # type: ignore[no-any-return]
            assert time.monotonic() < deadline, f"not done: {answer.text[:500]}"
            time.sleep(0.2)


def wait_until_restarted(stack: Stack, service: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = stack.inspect(service)
        if state["RestartCount"] >= 1 and state["State"]["Running"]:
            return
        time.sleep(0.2)
    pytest.fail(f"{service} did not come back")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {}
    for line in EXAMPLE.read_text().splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and name.isupper():
            settings[name] = secrets.token_hex(24) if name.endswith(("_PASSWORD", "_ADMIN_KEY", "_SECRET")) else value
    settings["LOGLYNX_PORT"] = str(port)
    settings["LOGLYNX_DETECTOR_LEARN_WINDOWS"] = "80"  # the demonstration's normal life is 95 windows long
    env_file = tmp_path_factory.mktemp("compose") / "env"
    env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    running = Stack(env_file, port, settings["LOGLYNX_INGEST_ADMIN_KEY"])
    try:
        running.compose("up", "-d", "--build", "--wait")
        yield running
    finally:
        running.http.close()
        running.compose("down", "-v", "--timeout", "20")


def lines_of_demo() -> dict[str, list[str]]:
    streams: dict[str, list[str]] = defaultdict(list)
    for stream, line in demo_stream(seed=7):
        streams[stream].extend(line.text.split("\n"))
    return streams


def test_planted_faults_come_back_explained(stack: Stack) -> None:
    jobs = [stack.push(stream, lines) for stream, lines in lines_of_demo().items()]
    found = [flag for job_id in jobs for flag in stack.job(job_id, is_explained=True)["flags"]]
    assert found, "no planted fault was flagged"
    for flag in found:
        analysis = flag["incident"]["analysis"]
        assert analysis["category"] != "benign"
        assert analysis["explanation"]
        numbers = {line["number"] for line in flag["lines"]}
        assert set(analysis["evidence"]) <= numbers


def test_a_push_without_a_key_is_refused(stack: Stack) -> None:
    answer = httpx.post(stack.http.base_url.join("/api/v1/ingest"), content=b"x", trust_env=False)
    assert answer.status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.parametrize("service", ["redis", "ingest", "detector", "analyzer"])
def test_containers_are_locked_down(stack: Stack, service: str) -> None:
    facts = stack.inspect(service)
    assert facts["State"]["Health"]["Status"] == "healthy"
    assert facts["Config"]["User"].split(":")[0].isdigit()
    assert facts["HostConfig"]["ReadonlyRootfs"] is True
    assert facts["HostConfig"]["CapDrop"] == ["ALL"]
    assert facts["HostConfig"]["Memory"] > 0
    status = stack.compose("exec", "-T", service, "cat", "/proc/1/status")
    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000000" in status


def test_the_detector_has_no_torch_and_no_way_out(stack: Stack) -> None:
    look = "import importlib.util as u; print(u.find_spec('torch'), u.find_spec('fastapi'))"
    assert stack.compose("exec", "-T", "detector", "python", "-c", look).split() == ["None", "None"]
    for service in ("detector", "redis"):
        routes = stack.compose("exec", "-T", service, "cat", "/proc/net/route").splitlines()[1:]
        assert not [route for route in routes if route.split()[1] == "00000000"], "there is a default route"


@pytest.mark.parametrize("service", ["detector", "analyzer", "ingest", "redis"])
def test_killing_a_process_loses_nothing(stack: Stack, service: str) -> None:
    stream = f"killed/{service}"
    lines = lines_of_demo()["checkout"]
    jobs = [stack.push(stream, lines[start : start + 250]) for start in range(0, 500, 250)]
    stack.kill_process_of(service)
    jobs += [stack.push(stream, lines[start : start + 250]) for start in range(500, 1000, 250)]
    wait_until_restarted(stack, service)
    done = [stack.job(job_id) for job_id in jobs]
    ranges = [part for job in done for part in job["streams"]]
    assert [part["first_event"] for part in ranges] == [0, *(part["last_event"] + 1 for part in ranges[:-1])]
    for job in done:
        assert job["events"]["scored"] == job["events"]["total"]
        assert job["failed_windows"] == 0


def test_a_stopped_detector_finishes_what_came_meanwhile(stack: Stack) -> None:
    stack.compose("kill", "detector")
    job_id = stack.push("stopped", lines_of_demo()["postgres"][:300])
    waiting = stack.http.get(f"/jobs/{job_id}").json()
    assert waiting["state"] in {"queued", "scoring"}
    assert waiting["events"]["scored"] == 0
    stack.compose("up", "-d", "--wait", "detector")
    done = stack.job(job_id)
    assert done["events"]["scored"] == done["events"]["total"]
