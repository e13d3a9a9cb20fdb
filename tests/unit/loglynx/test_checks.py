"""What doctor finds well and ill; every failure says what to do."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import httpx
import pytest

from loglynx import checks
from loglynx.commands.doctor import doctor
from loglynx.failures import StackFailed
from loglynx.stack.data_dir import DataDir
from loglynx.stack.redis_server import RedisBinary
from shared.errors import ArtefactInvalid


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path / "not" / "yet" / "there")


@pytest.fixture
def is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which all is well, whatever this one is like."""
    monkeypatch.setattr(checks, "find_redis", lambda: RedisBinary(Path("/usr/bin/redis-server"), (7, 0, 15), False))
    monkeypatch.setattr(checks, "check_model", lambda: checks.Finding("model", True, "m-1"))
    monkeypatch.setattr(checks, "check_device", lambda: checks.Finding("detector", True, "runs on the CPU"))
    monkeypatch.setattr(checks, "LEAST_FREE_DISK_BYTES", 0)
    monkeypatch.setattr(checks, "LEAST_MEMORY_BYTES", 0)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ill(findings: list[checks.Finding]) -> dict[str, checks.Finding]:
    for finding in findings:
        assert bool(finding.fix) != finding.is_well, finding
    return {finding.name: finding for finding in findings if not finding.is_well}


@pytest.mark.usefixtures("is_well")
def test_all_is_well(data_dir: DataDir, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(port, "127.0.0.1", data_dir.path, as_json=False) == 0
    out = capsys.readouterr().out
    assert "FAIL" not in out
    assert "redis-server  7.0.15 at /usr/bin/redis-server" in out
    assert not data_dir.path.exists()  # looking changes nothing


@pytest.mark.usefixtures("is_well")
def test_a_busy_port(data_dir: DataDir) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        found = ill(checks.run_checks(data_dir, "127.0.0.1", port))
        assert list(found) == [f"port {port}"]
        data_dir.make()
        data_dir.write_state({"url": f"http://127.0.0.1:{port}", "pid": os.getpid()})
        assert f"port {port}" not in ill(checks.run_checks(data_dir, "127.0.0.1", port))


@pytest.mark.usefixtures("is_well")
@pytest.mark.parametrize(
    ("attribute", "value", "name"),
    [
        ("LEAST_FREE_DISK_BYTES", 1 << 62, "disk"),
        ("LEAST_MEMORY_BYTES", 1 << 62, "memory"),
        ("OLDEST_PYTHON", (99, 0), "python"),
    ],
)
def test_too_little(
    attribute: str, value: object, name: str, data_dir: DataDir, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, attribute, value)
    assert list(ill(checks.run_checks(data_dir, "127.0.0.1", port))) == [name]


@pytest.mark.usefixtures("is_well")
def test_no_redis(
    data_dir: DataDir, port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> RedisBinary:
        raise StackFailed("no redis-server 6.2 or newer was found", "install Redis")

    monkeypatch.setattr(checks, "find_redis", none)
    assert doctor(port, "127.0.0.1", data_dir.path, as_json=True) == 1
    answers = {answer["name"]: answer for answer in json.loads(capsys.readouterr().out)}
    assert answers["redis-server"]["fix"] == "install Redis"


def test_an_altered_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def altered(directory: Path) -> None:
        raise ArtefactInvalid("line_encoder.onnx has another digest")

    monkeypatch.setattr("shared.artefacts.manifest.load_artefact", altered)
    assert "another digest" in ill([checks.check_model()])["model"].what


@pytest.mark.usefixtures("is_well")
def test_a_check_that_breaks_is_a_failure(data_dir: DataDir, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_memory() -> checks.Finding:
        raise ImportError("no module")

    monkeypatch.setattr(checks, "check_memory", check_memory)
    assert "ImportError" in ill(checks.run_checks(data_dir, "127.0.0.1", port))["memory"].what


@pytest.mark.usefixtures("is_well")
def test_a_stack_that_does_not_answer(data_dir: DataDir, port: int) -> None:
    data_dir.make()
    data_dir.write_state({"url": f"http://127.0.0.1:{port}", "pid": os.getpid()})
    assert "stack" in ill(checks.run_checks(data_dir, "127.0.0.1", port + 1))


def test_a_running_stack_says_where_its_detectors_run(data_dir: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(body: object) -> str:
        monkeypatch.setattr(checks.httpx, "get", lambda *_, **__: httpx.Response(200, json=body))
        return checks.check_stack(data_dir).what

    data_dir.make()
    data_dir.write_state({"url": "http://127.0.0.1:1", "pid": os.getpid()})
    on_cpu = {"provider": "CPUExecutionProvider", "device": "", "model": "abc"}
    on_cuda = {"provider": "CUDAExecutionProvider", "device": "NVIDIA L4", "model": "abc"}
    assert told({"status": "ready", "detectors": [on_cpu, on_cuda, on_cpu]}).endswith(
        ", 2 detectors on CPUExecutionProvider with model abc, 1 detector on CUDAExecutionProvider NVIDIA L4 with model abc"
    )
    assert told({"status": "ready"}) == told({"detectors": [{}]}) == "ready at http://127.0.0.1:1"
