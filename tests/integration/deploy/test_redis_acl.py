"""deploy/redis as it runs in its container: who gets in, and what each user may do."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from shared.store import keyspace

REDIS_FILES = Path(__file__).parents[3] / "deploy" / "redis"
SERVICES = ("ingest", "detector", "analyzer", "archiver")
WORKERS = SERVICES[1:]


def server_major() -> int:
    binary = shutil.which("redis-server")
    if not binary:
        return 0
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v=(\d+)", answer)
    return int(found[1]) if found else 0


needs_redis_7 = pytest.mark.skipif(server_major() < 7, reason="deploy/redis is written for redis-server 7 on PATH")


@dataclass
class Server:
    port: int
    passwords: dict[str, str]
    acl_file: Path

    def as_user(self, name: str, password: str | None = None) -> redis.Redis:
        word = self.passwords.get(name, "x") if password is None else password
        return redis.Redis(port=self.port, username=name, password=word, socket_timeout=5)


def environment_of(passwords: dict[str, str], acl_file: Path) -> dict[str, str]:
    variables = {f"LOGLYNX_REDIS_{name.upper()}_PASSWORD": word for name, word in passwords.items()}
    return {"PATH": os.environ["PATH"], "LOGLYNX_REDIS_ACL_FILE": str(acl_file), **variables}


@contextmanager
def running(directory: Path, passwords: dict[str, str]) -> Iterator[Server]:
    """deploy/redis/start with its data in ``directory``; SIGKILL at the end, as a lost container would see it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(port, passwords, directory / "users.acl")
    arguments = ["--port", str(port), "--bind", "127.0.0.1"]
    with (directory / "log").open("ab") as log:
        process = subprocess.Popen(
            [REDIS_FILES / "start", *arguments],
            cwd=directory,
            env=environment_of(server.passwords, server.acl_file),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                with server.as_user("health") as client:
                    client.ping()
                break
            except (redis.ConnectionError, redis.exceptions.BusyLoadingError):
                assert process.poll() is None, (directory / "log").read_text()
                assert time.monotonic() < deadline, "redis-server did not answer"
                time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait(timeout=20)


def some_passwords() -> dict[str, str]:
    return {name: secrets.token_hex(24) for name in SERVICES}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("redis"), some_passwords()) as server:
        yield server


def wait_until_written(directory: Path, text: bytes) -> None:
    """With appendfsync everysec Redis answers before it writes while the disk is busy: a kill may cost two seconds."""
    deadline = time.monotonic() + 20
    while not any(text in path.read_bytes() for path in directory.rglob("*.aof")) and time.monotonic() < deadline:
        time.sleep(0.02)


@needs_redis_7
def test_everything_is_there_after_a_kill(tmp_path: Path) -> None:
    """Redis reloads its file as the default user: what that user may not run would be dropped without an error."""
    passwords = some_passwords()
    with running(tmp_path, passwords) as server, server.as_user("ingest") as client:
        client.set("ll:plain", 1)
        client.eval("redis.call('set', KEYS[1], 1) redis.call('set', KEYS[2], 1)", 2, "ll:script:1", "ll:script:2")
        with client.pipeline(transaction=True) as pipe:
            pipe.set("ll:transaction:1", 1).set("ll:transaction:2", 1).execute()
        wait_until_written(tmp_path, b"ll:transaction:2")
    with running(tmp_path, passwords) as server, server.as_user("ingest") as client:
        kept = {key.decode() for key in client.scan_iter("ll:*")}
    assert kept == {"ll:plain", "ll:script:1", "ll:script:2", "ll:transaction:1", "ll:transaction:2"}
    assert "CRITICAL" not in (tmp_path / "log").read_text()


@needs_redis_7
def test_nobody_gets_in_without_a_password(server: Server) -> None:
    with redis.Redis(port=server.port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    with server.as_user("ingest", "wrong") as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    with server.as_user("default", "") as client, pytest.raises(redis.AuthenticationError):
        client.ping()


@needs_redis_7
def test_the_user_file_is_private_and_holds_no_password(server: Server) -> None:
    text = server.acl_file.read_text()
    assert server.acl_file.stat().st_mode & 0o777 == 0o600
    assert not [word for word in server.passwords.values() if word in text]
    assert "@" not in text.replace("+@all", "").replace("-@all", "").replace("-@dangerous", "").replace("-@admin", "")


@needs_redis_7
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "command",
    [
        "FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET dir", "CONFIG SET dir /tmp", "SHUTDOWN", "MONITOR", "ACL LIST",
        "ACL SETUSER detector ~*", "DEBUG SLEEP 0", "MODULE LIST", "REPLICAOF NO ONE", "SAVE", "BGREWRITEAOF",
        "CLIENT LIST", "CLIENT KILL TYPE normal", "SLOWLOG GET", "SWAPDB 0 1", "FUNCTION LIST", "SORT ll:x",
    ],
)  # fmt: skip
def test_dangerous_commands_are_refused(server: Server, service: str, command: str) -> None:
    with (
        server.as_user(service) as client,
        pytest.raises(redis.ResponseError, match=r"NOPERM|permission|not allowed"),
    ):
        client.execute_command(*command.split())


@needs_redis_7
@pytest.mark.parametrize("service", SERVICES)
def test_only_our_own_keys_can_be_reached(server: Server, service: str) -> None:
    with server.as_user(service) as client:
        client.set("ll:stream:x", 1)
        if service == "archiver":  # it has no queue
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.set("rq:job:x", 1)
        else:
            client.set("rq:job:x", 1)
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.get("other")
        with pytest.raises(redis.ResponseError, match=r"(?i)perm|can't"):
            client.eval("return redis.call('get', 'other')", 0)
        with pytest.raises(redis.ResponseError, match=r"(?i)perm|can't"):
            client.eval("return redis.call('flushall')", 0)
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.publish("elsewhere", "x")


@needs_redis_7
def test_only_ingest_sees_the_api_keys(server: Server) -> None:
    with server.as_user("ingest") as client:
        client.hset(keyspace.API_KEYS, "id", "record")
    for worker in WORKERS:
        with server.as_user(worker) as client:
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.hset(keyspace.API_KEYS, "mine", "admin")
            with pytest.raises(redis.ResponseError):
                client.eval("return redis.call('hgetall', KEYS[1])", 1, keyspace.API_KEYS)


@needs_redis_7
def test_workers_reach_every_other_key_of_the_keyspace(server: Server) -> None:
    constants = {value for name, value in vars(keyspace).items() if name.isupper() and isinstance(value, str)}
    keys = {value for value in constants if value.startswith(keyspace.PREFIX)} - {keyspace.PREFIX, keyspace.API_KEYS}
    made = {builder("a") for builder in (keyspace.stream, keyspace.blocks, keyspace.verdicts, keyspace.baseline,
            keyspace.flags, keyspace.flag, keyspace.incident, keyspace.job, keyspace.push, keyspace.ring)}  # fmt: skip
    for worker in WORKERS:
        with server.as_user(worker) as client:
            for key in keys | made:
                client.exists(key)


@needs_redis_7
def test_the_health_check_may_only_ping(server: Server) -> None:
    with server.as_user("health", "any") as client:
        assert client.ping()
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.get("ll:stream:x")
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.info()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("word", [None, "", "short"])
def test_a_missing_password_stops_the_start(tmp_path: Path, service: str, word: str | None) -> None:
    passwords = {name: secrets.token_hex(24) for name in SERVICES}
    if word is None:
        del passwords[service]
    else:
        passwords[service] = word
    result = subprocess.run(
        [REDIS_FILES / "start", "--port", "0"],
        env=environment_of(passwords, tmp_path / "users.acl"),
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert result.returncode == 1
    assert f"LOGLYNX_REDIS_{service.upper()}_PASSWORD" in result.stderr
