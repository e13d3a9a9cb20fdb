"""What counts as ready, and what a busy port says."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import httpx
import pytest

from loglynx.failures import StackFailed
from loglynx.stack import stack as subject
from loglynx.stack.data_dir import DataDir
from loglynx.stack.interrupts import interrupts_as_stop
from loglynx.stack.processes import service_processes
from loglynx.stack.stack import Stack, free_port, require_free_port


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.make()
    return made


@pytest.mark.parametrize(
    ("status", "body", "is_ready"),
    [
        (200, '{"status":"ready"}', True),
        (503, '{"code":"overloaded"}', True),
        (503, '{"code":"store_unavailable"}', False),
        (502, "<html>", False),
    ],
)
def test_a_busy_stack_is_ready_and_one_without_redis_is_not(
    status: int, body: str, is_ready: bool, data_dir: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(data_dir, "127.0.0.1", 1, threading.Event())
    monkeypatch.setattr(subject, "WORKERS", ())
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(status, text=body))
    assert stack.is_ready() is is_ready


def test_a_worker_that_is_not_at_its_doorbell_is_waited_for(
    data_dir: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(data_dir, "127.0.0.1", 1, threading.Event())
    monkeypatch.setattr(subject, "WORKERS", ())
    monkeypatch.setattr(subject, "are_registered", lambda url, pids: False)
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200))
    assert not stack.is_ready()


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_url_is_one_that_works_here(host: str, url: str, data_dir: DataDir) -> None:
    assert Stack(data_dir, host, 80, threading.Event()).url == url


def test_a_busy_port_says_so_and_names_another() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(StackFailed, match=f"port {port} on 127.0.0.1 cannot be used") as failure:
            require_free_port("127.0.0.1", port)
    assert f"--port {port + 1}" in failure.value.fix
    require_free_port("127.0.0.1", free_port("127.0.0.1"))


def test_a_host_that_is_not_ours_is_refused() -> None:
    with pytest.raises(StackFailed):
        require_free_port("203.0.113.7", 8514)


def test_services_get_the_store_and_their_settings(data_dir: DataDir) -> None:
    specs = {
        spec.name: spec for spec in service_processes(data_dir, "127.0.0.1", 9000, {"LOGLYNX_DETECTOR_THREADS": "2"})
    }
    assert specs["ingest"].environment["LOGLYNX_INGEST_PORT"] == "9000"
    assert specs["detector"].environment["LOGLYNX_DETECTOR_THREADS"] == "2"
    for name, spec in specs.items():
        assert spec.environment[f"LOGLYNX_{name.upper()}_REDIS_URL"] == data_dir.redis_url
        assert data_dir.redis_password() not in " ".join(spec.command)  # anybody may list processes


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_become_a_wish_to_stop(number: signal.Signals) -> None:
    stop = threading.Event()
    before = signal.getsignal(number)
    with interrupts_as_stop(stop):
        signal.raise_signal(number)
        signal.raise_signal(number)  # an impatient second one does no harm
        assert stop.is_set()
    assert signal.getsignal(number) is before


def test_nohup_is_respected() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stop = threading.Event()
        with interrupts_as_stop(stop):
            signal.raise_signal(signal.SIGHUP)
        assert not stop.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)
