"""``loglynx up`` as a user runs it: start, push, kill, stop."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from running_stack import Up, free_port, is_running, loglynx, stacks, wait_until

SERVICES = ("redis", "ingest", "detector", "analyzer", "archiver")
LINES = [f"2026-03-02 10:00:{n % 60:02d} INFO app: request {n} served in {n % 40} ms" for n in range(100)]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    with stacks(tmp_path) as start:
        yield start


def test_push_then_stop_then_start_again(start: Callable[..., Up], tmp_path: Path) -> None:
    up = start().wait_until_up()
    assert up.is_ready()
    assert all(f"{name}" in up.output for name in SERVICES)
    log = tmp_path / "app.log"
    log.write_text("\n".join(LINES) + "\n")
    pushed = loglynx("push", str(log), "--url", up.url, "--key", up.key, "--wait")
    assert pushed.returncode == 0, pushed.stderr
    (job_id,) = pushed.stdout.split()[:1]
    assert "100 lines accepted, 0 rejected" in pushed.stderr
    job = loglynx("jobs", job_id, LOGLYNX_URL=up.url, LOGLYNX_KEY=up.key)
    assert f"{job_id}: done, 100 of 100 events scored, 10 windows" in job.stdout

    again = loglynx("push", str(log), "--url", up.url, "--key", up.key)
    assert again.stdout.split() == [job_id]  # the same push counts once

    pids = up.pids()
    assert up.stop(signal.SIGINT) == 0
    assert not any(map(is_running, pids.values()))
    assert not (up.data_dir / "loglynx.pid").exists()

    second = start().wait_until_up()
    assert "admin key" not in second.output
    answer = httpx.get(f"{second.url}/jobs/{job_id}", headers={"Authorization": f"Bearer {up.key}"})
    assert answer.json()["state"] == "done"
    assert second.stop(signal.SIGTERM) == 0


def test_every_child_comes_back_after_kill_9(start: Callable[..., Up], tmp_path: Path) -> None:
    up = start().wait_until_up()
    before = up.pids()
    for name in SERVICES:
        os.kill(before[name], signal.SIGKILL)
        wait_until(lambda name=name: up.pids()[name] not in (None, before[name]), f"{name} comes back")
    wait_until(up.is_ready, "the stack is ready again")
    log = tmp_path / "app.log"
    log.write_text("\n".join(LINES) + "\n")
    pushed = loglynx("push", str(log), "--url", up.url, "--key", up.key, "--wait")
    assert pushed.returncode == 0, pushed.stderr
    for name in SERVICES:
        assert f"{name} ended (exit -9) and was started again" in up.output
    pids = up.pids()
    assert up.stop() == 0
    assert not any(map(is_running, [*before.values(), *pids.values()]))


def test_kill_9_of_the_supervisor_leaves_nobody_behind(start: Callable[..., Up]) -> None:
    up = start().wait_until_up()
    pids = up.pids()
    up.process.kill()
    up.process.wait()
    wait_until(lambda: not any(map(is_running, pids.values())), "the children end", 30)
    assert start().wait_until_up().is_ready()  # and the directory is free again


def test_a_busy_port_and_a_directory_in_use_are_refused(start: Callable[..., Up]) -> None:
    up = start().wait_until_up()
    port = up.url.rsplit(":", 1)[1]
    busy = loglynx("up", "--port", port, "--data-dir", str(up.data_dir.parent / "other"), "--no-open")
    assert busy.returncode == 2
    assert f"port {port} on 127.0.0.1 cannot be used" in busy.stderr
    taken = loglynx("up", "--port", str(free_port()), "--data-dir", str(up.data_dir), "--no-open")
    assert taken.returncode == 2
    assert f"in use by process {up.process.pid} ({up.url})" in taken.stderr
    assert up.is_ready()


def test_keys_and_doctor_work_on_the_running_stack(start: Callable[..., Up]) -> None:
    up = start().wait_until_up()
    data = ("--data-dir", str(up.data_dir))
    made = json.loads(loglynx("keys", "create", "ci", "--scope", "read", "--days", "1", "--json", *data).stdout)
    read_only = {"Authorization": f"Bearer {made['key']}"}
    assert httpx.get(f"{up.url}/api/v1/incidents", headers=read_only).status_code == 200
    assert httpx.post(f"{up.url}/api/v1/ingest", headers=read_only, content=b"x\n").status_code == 403
    listed = json.loads(loglynx("keys", "list", "--json", *data).stdout)
    assert [(key["name"], key["scopes"]) for key in listed] == [("admin", ["admin"]), ("ci", ["read"])]
    assert made["key"] not in json.dumps(listed)
    assert loglynx("keys", "revoke", made["id"], *data).returncode == 0
    assert loglynx("keys", "revoke", made["id"], *data).returncode == 2
    wait_until(
        lambda: httpx.get(f"{up.url}/api/v1/incidents", headers=read_only).status_code == 401, "the key is dead", 15
    )
    doctor = loglynx("doctor", "--port", up.url.rsplit(":", 1)[1], *data)
    assert f"ready at {up.url}" in doctor.stdout
    assert doctor.returncode == 0, doctor.stdout


def test_the_model_here_and_the_server_agree(start: Callable[..., Up]) -> None:
    up = start().wait_until_up()
    line = "2026-03-02 10:20:01 FATAL app: out of memory, aborting"
    server = {"LOGLYNX_KEY": up.key}
    here = json.loads(loglynx("detect", line, "--json").stdout)
    there = json.loads(loglynx("detect", line, "--json", "--url", up.url, **server).stdout)
    assert there["score"] == pytest.approx(here["score"], abs=1e-4)
    assert there["is_anomaly"] == here["is_anomaly"]
    tokens = [loglynx("tokenize", line, *arguments, **server).stdout for arguments in ((), ("--url", up.url))]
    assert tokens[0] == tokens[1] != ""
    sequence = [*LINES[:3], line]
    windows = [
        json.loads(loglynx("--logs", *sequence, "--json", *arguments).stdout)
        for arguments in ((), ("--url", up.url, "--key", up.key))
    ]
    assert windows[1][0]["score"] == pytest.approx(windows[0][0]["score"], abs=1e-4)
