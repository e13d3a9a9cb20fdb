"""A Redis primary (verbose) and its replica (notice): clients, snapshots, rewrites, pub/sub, restarts."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from services.trainer.datasets.recorded.isolation import CLIENTS
from services.trainer.datasets.recorded.lab import Lab, await_port, fill, own, small_disk, stop

PROGRAMS = ("redis-server",)
PACKAGES = ("redis-server",)
_DATA = Path("/var/lib/redis")


def play(lab: Lab) -> None:
    small_disk(_DATA, "24m")
    pair = _Pair(lab, _primary(lab), _replica(lab))
    faults = (
        pair.kill, pair.disk_full, pair.too_many_clients, pair.port_scan, pair.configuration_error,
        pair.permission_denied, pair.wrong_password, pair.primary_gone, pair.crash, pair.data_corruption,
    )  # fmt: skip
    lab.live(pair.everyday, 1_000, faults)


def _primary(lab: Lab) -> subprocess.Popen[bytes]:
    settings = {
        "dir": own(_DATA / "primary", "redis"), "port": 6379, "bind": "127.0.0.1", "loglevel": "verbose",
        "save": "3 20", "appendonly": "yes", "auto-aof-rewrite-min-size": "64kb", "repl-diskless-sync-delay": 0,
        "enable-debug-command": "yes", "enable-protected-configs": "yes", "maxmemory": "20mb",
        "auto-aof-rewrite-percentage": 60, "repl-backlog-size": "32kb",
    }  # fmt: skip
    words = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
    server = lab.start(["redis-server", *words], stream="redis-primary", user="redis")
    await_port(6379, wait_s=5)
    return server


def _replica(lab: Lab) -> subprocess.Popen[bytes]:
    place = own(_DATA / "replica", "redis")
    words = f"--dir {place} --port 6380 --bind 127.0.0.1 --save 2 10 --replicaof 127.0.0.1 6379".split()
    server = lab.start(["redis-server", *words, "--repl-timeout", "4"], stream="redis-replica", user="redis")
    await_port(6380, wait_s=5)
    return server


def _client(password: str | None = None) -> Redis:
    return Redis(port=6379, password=password, socket_timeout=2, socket_connect_timeout=1)


def _call(client: Redis, *words: str) -> None:
    client.execute_command(*words)  # type: ignore[no-untyped-call]


def _try(*words: str) -> None:
    with contextlib.suppress(RedisError, OSError), Redis(port=6379, socket_timeout=1) as client:
        _call(client, *words)


@dataclass(slots=True)
class _Pair:
    lab: Lab
    primary: subprocess.Popen[bytes]
    replica: subprocess.Popen[bytes]

    def everyday(self, steps: int) -> None:
        """Sessions of clients of several kinds, now and then maintenance and a restart."""
        for step in range(1, steps + 1):
            with contextlib.suppress(RedisError, OSError), _client() as client:
                self._session(client)
            self.lab.pause(0.03)
            if step % 180 == 0:
                stop(self.primary)
                self.primary = _primary(self.lab)
            if step % 220 == 0:
                stop(self.replica)
                self.replica = _replica(self.lab)

    def _session(self, client: Redis) -> None:
        rng = self.lab.rng
        for _ in range(rng.randrange(2, 12)):
            key, choice = f"cart:{rng.randrange(400)}", rng.randrange(5)
            if choice == 0:
                client.set(key, "x" * rng.randrange(20, 400), ex=rng.choice([2, 30, None]))
            elif choice == 1:
                client.get(key)
            elif choice == 2:
                client.lpush("jobs", rng.random())
            elif choice == 3:
                client.rpop("jobs")
            else:
                _call(client, "PUBLISH", "events", "paid")
        if rng.random() < 0.02:
            _call(client, rng.choice(["BGSAVE", "BGREWRITEAOF", "FLUSHDB", "INFO"]))

    def _revive(self) -> None:
        if self.primary.poll() is not None:
            self.primary = _primary(self.lab)
        self.lab.pause(0.5)
        self.everyday(6)

    def kill(self) -> None:
        for _ in range(2):
            stop(self.primary, signal.SIGKILL)
            self.lab.pause(1.0)
            self._revive()

    def primary_gone(self) -> None:
        stop(self.primary)
        self.lab.pause(3)
        self._revive()

    def disk_full(self) -> None:
        filler = fill(_DATA / "primary")
        self.everyday(30)
        filler.unlink()
        self._revive()

    def wrong_password(self) -> None:
        stop(self.replica)
        _client().config_set("requirepass", "s3cret")
        self.replica = _replica(self.lab)
        for _ in range(6):
            _try("AUTH", "wrong")
        self.lab.pause(0.3)
        _client("s3cret").config_set("requirepass", "")
        self._revive()

    def crash(self) -> None:
        _try("DEBUG", "SEGFAULT")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.primary.wait(10)
        stop(self.primary, signal.SIGKILL)
        self._revive()

    def too_many_clients(self) -> None:
        _client().config_set("maxclients", 12)
        held = [socket.create_connection(("127.0.0.1", 6379), 2, (address, 0)) for address in CLIENTS * 2]
        self.everyday(8)
        for client in held:
            client.close()
        self.lab.pause(0.5)
        _client().config_set("maxclients", 1000)

    def port_scan(self) -> None:
        for address in CLIENTS[-3:] * 6:
            with socket.create_connection(("127.0.0.1", 6379), source_address=(address, 0)) as stranger:
                stranger.sendall(
                    self.lab.rng.choice([b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"*99999999\r\n", b"\0" * 70])
                )
                self.lab.pause(0.1)

    def configuration_error(self) -> None:
        for words in (["--maxmemory", "lots"], ["--save", "never"], ["--port", "6379", "--bind", "127.0.0.1"]):
            self.lab.run(["redis-server", *words], stream="redis-primary", timeout_s=3)

    def permission_denied(self) -> None:
        self.lab.run(["chown", "root:root", _DATA / "primary"])
        self.lab.run(["chmod", "0755", _DATA / "primary"])
        self.everyday(60)
        self.lab.run(["chown", "redis:redis", _DATA / "primary"])
        self._revive()

    def data_corruption(self) -> None:
        stop(self.primary, signal.SIGKILL)
        for spoiled in ("*.incr.aof", "*.rdb"):
            for path in (_DATA / "primary").rglob(spoiled):
                whole = path.read_bytes()
                path.write_bytes(whole[: len(whole) // 2] + b"\0broken" + whole[len(whole) // 2 + 7 :])
            self.primary = _primary(self.lab)
            stop(self.primary)
