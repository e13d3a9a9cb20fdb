"""One running stack: start in order, wait until ready, watch, stop in order.

    with Stack(data_dir, host, port, stop).running() as stack:
        if stack.wait_until_ready():
            stack.watch()          # returns when ``stop`` is set

Raises StackFailed for a busy port, a data directory in use, no redis-server, or a service that does not come up.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

import httpx

from loglynx.failures import StackFailed
from loglynx.stack.data_dir import DataDir
from loglynx.stack.processes import SERVICES, WORKERS, service_processes
from loglynx.stack.redis_server import RedisBinary, find_redis, redis_process, wait_until_answering
from loglynx.stack.registered import are_registered
from loglynx.stack.supervisor import Child, Supervisor
from shared.errors import Overloaded

POLL_S = 0.1
LOG_CHECK_S = 60.0
MOST_STARTS_BEFORE_READY = 4
_WORKING = ("detector", "analyzer", "trainer")


def require_free_port(host: str, port: int) -> None:
    """Raises StackFailed when nothing can listen on ``host:port``."""
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address[4])
    except OSError as error:
        raise StackFailed(
            f"port {port} on {host} cannot be used: {error.strerror or error}",
            f"choose another, for example --port {port + 1}, or stop what listens there",
        ) from error


def free_port(host: str) -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class Stack:
    """The processes of one data directory. Setting ``stop`` ends every wait in here within a tenth of a second."""

    def __init__(
        self,
        data_dir: DataDir,
        host: str,
        port: int,
        stop: threading.Event,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.host = host
        self.port = port
        self.stop = stop
        self.settings = dict(settings or {})
        self.redis: RedisBinary | None = None
        self.supervisor = Supervisor(data_dir.logs_dir)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds ingest."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104  a comparison only
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Everything started; all stopped on the way out."""
        self.data_dir.make()
        with self.data_dir.lock():
            require_free_port(self.host, self.port)
            self.redis = find_redis()
            try:
                child = self.supervisor.start(redis_process(self.redis, self.data_dir))
                self._wait_for_redis(child)
                if not self.stop.is_set():
                    for spec in service_processes(self.data_dir, self.host, self.port, self.settings):
                        self.supervisor.start(spec)
                    self._publish_state()
                yield self
            finally:
                self.supervisor.stop(["ingest"])
                self.supervisor.stop([name for name in _WORKING if name in self.supervisor.children])
                self.supervisor.stop(["archiver"])  # after those whose last words it writes
                self.supervisor.stop(["redis"])

    def wait_until_ready(self, timeout_s: float = 90.0) -> bool:
        """True when /readyz is green, False when ``stop`` was set meanwhile.

        Raises StackFailed after ``timeout_s``, or when a process keeps ending.
        """
        deadline = time.monotonic() + timeout_s
        while not self.stop.is_set():
            if self.is_ready():
                return True
            self.step()
            for child in self.supervisor.children.values():
                if child.restarts >= MOST_STARTS_BEFORE_READY:
                    raise self._failure(f"{child.spec.name} keeps ending (exit {child.last_exit})", child.spec.name)
            if time.monotonic() > deadline:
                raise self._failure(f"not ready within {timeout_s:.0f} s: {self._readiness()}", "ingest")
            self.stop.wait(POLL_S)
        return False

    def is_ready(self) -> bool:
        """True when every process runs, both workers wait for work, and /readyz answers 200.

        A stack that has more work than it may accept more of is ready too: it says so to whoever pushes.
        """
        children = self.supervisor.children
        if not all(child.is_running for child in children.values()):
            return False
        if not are_registered(self.data_dir.redis_url, {name: children[name].pid for name in WORKERS}):
            return False
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5.0, trust_env=False)
            return answer.status_code == httpx.codes.OK or answer.json().get("code") == Overloaded.code
        except (httpx.HTTPError, ValueError):
            return False

    def watch(self, on_restart: Callable[[Child], None] | None = None) -> None:
        """Keep everything alive until ``stop`` is set."""
        checked_logs_at = time.monotonic()
        while not self.stop.wait(POLL_S):
            for child in self.step():
                if on_restart is not None:
                    on_restart(child)
            if time.monotonic() - checked_logs_at > LOG_CHECK_S:
                self.supervisor.cut_long_logs()
                checked_logs_at = time.monotonic()

    def step(self) -> list[Child]:
        """One look at the processes; who exited starts again. The state file follows."""
        revived = self.supervisor.poll()
        if revived:
            self._publish_state()
        return revived

    def _wait_for_redis(self, child: Child) -> None:
        try:
            wait_until_answering(self.data_dir.redis_url, lambda: child.is_running, self.stop)
        except StackFailed as failure:
            raise self._failure(failure.message, "redis") from failure

    def _failure(self, message: str, name: str) -> StackFailed:
        tail = self.supervisor.log_tail(name)
        return StackFailed(f"{message}\n{tail}".rstrip(), f"the whole log: {self.supervisor.log_path(name)}")

    def _readiness(self) -> str:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5.0, trust_env=False).text[:500]
        except httpx.HTTPError as error:
            return type(error).__name__

    def _publish_state(self) -> None:
        children = self.supervisor.children
        self.data_dir.write_state(
            {
                "pid": os.getpid(),
                "url": self.url,
                "services": {
                    name: {"pid": children[name].pid, "restarts": children[name].restarts}
                    for name in ("redis", *SERVICES, "trainer")
                    if name in children
                },
            }
        )
