"""How a healthy client fares while others send what no shipper sends.

    python benchmarks/faults/hostile_load.py [--seconds 10] [--attackers 4]

- Starts ``loglynx up`` on a free port with a data directory of its own, as a user would.
- A healthy client pushes 100 lines 20 times a second, all the time; its answers are timed.
- In turns with calm phases, ``--attackers`` connections at once send, again and again: a gigabyte of zeros gzipped, a
  chunked body without end, bodies that drip a byte at a time (fifty of those), JSON 100,000 deep, a line of 10 MB.

Prints one JSON object: per phase the healthy client's pushes, how many were not answered 202, p50 and p99 in
milliseconds, what the attackers were answered, and the largest resident memory of the front door in MB. Exit 0 if

- every healthy push was answered 202, and no attacker got a 5xx other than 503;
- each attack was answered or cut off at least once: else it never reached its end, and nothing was measured;
- the healthy client's p99 was at most 20 times that of the quietest calm phase, plus 100 ms, during each attack and
  in the calm after it, where what an attack left to do still costs.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from loglynx.stack.data_dir import DataDir
from loglynx.stack.stack import free_port

PUSHES_A_SECOND = 20
LINES = [f"2026-01-01T00:00:00Z INFO worker-{n % 7}: request {n} took {n * 3 % 50} ms" for n in range(100)]
DRIPPING = 50
DRIPPING_S = 40.0  # the front door waits 30 s for a body
MOST_TIMES_CALM = 20.0
MOST_MORE_MS = 100.0
WARMING_UP = "warming up"
INGEST = "/api/v1/ingest"
Attack = Callable[[httpx.AsyncClient], Awaitable[str]]


@cache
def gzipped_zeros(gibibytes: int) -> bytes:
    """That many GiB of zeros, about a thousandth as long: one member, repeated."""
    return gzip.compress(bytes(2**28), 9) * (4 * gibibytes)


def connected(url: str, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
        limits=httpx.Limits(max_connections=None),
        trust_env=False,
    )


async def post(body: bytes, headers: dict[str, str], client: httpx.AsyncClient) -> str:
    return str((await client.post(INGEST, content=body, headers=headers)).status_code)


async def endless(client: httpx.AsyncClient) -> str:
    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536 + b"\n"

    return str((await client.post(INGEST, content=chunks(), headers={"Content-Type": "text/plain"})).status_code)


async def drip(client: httpx.AsyncClient) -> str:
    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.5)

    return str((await client.post(INGEST, content=drops(), headers={"Content-Type": "text/plain"})).status_code)


def attacks() -> dict[str, tuple[Attack, int, float]]:
    """Each by its name, on how many connections beyond ``--attackers`` it runs, and for how many seconds at least."""
    as_json = {"Content-Type": "application/json"}
    zeros = partial(post, gzipped_zeros(1), as_json | {"Content-Encoding": "gzip"})
    return {
        "a gigabyte of zeros": (zeros, 0, 0),
        "an endless body": (endless, 0, 0),
        "dripping bodies": (drip, DRIPPING, DRIPPING_S),
        "JSON 100,000 deep": (partial(post, b"[" * 100_000 + b"]" * 100_000, as_json), 0, 0),
        "a line of 10 MB": (partial(post, b"x" * 10_000_000, {"Content-Type": "text/plain"}), 0, 0),
    }


@dataclass
class Phase:
    """What was seen while one thing went on."""

    latencies_ms: list[float] = field(default_factory=list)
    refused: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    ingest_mb: float = 0.0

    def summary(self) -> dict[str, Any]:
        p50, p99 = np.percentile(self.latencies_ms, (50, 99))
        return {
            "pushes": len(self.latencies_ms),
            "not_202": self.refused,
            "p50_ms": round(p50, 1),
            "p99_ms": round(p99, 1),
            "attackers_were_answered": dict(self.answers),
            "ingest_mb": round(self.ingest_mb),
        }


async def be_healthy(client: httpx.AsyncClient, phase: Phase, seconds: float) -> None:
    """Push at a steady pace; an answer that is late delays no other push."""

    async def push() -> None:
        began = time.perf_counter()
        answer = await client.post(INGEST, params={"stream": "healthy"}, json=LINES)
        phase.latencies_ms.append((time.perf_counter() - began) * 1000)
        phase.refused += answer.status_code != 202

    async with asyncio.TaskGroup() as pushes:
        for _ in range(int(seconds * PUSHES_A_SECOND)):
            pushes.create_task(push())
            await asyncio.sleep(1 / PUSHES_A_SECOND)


async def attack(url: str, key: str, name: str, attackers: int, seconds: float) -> Counter[str]:
    """What ``attackers`` and more connections were answered in that time; whatever was still under way counts not."""
    once, more, _ = attacks()[name]
    answers: Counter[str] = Counter()

    async def go_on(client: httpx.AsyncClient) -> None:
        while True:
            try:
                answers[await once(client)] += 1
            except httpx.TransportError as error:
                answers[type(error).__name__] += 1  # cut off: the front door need not read what it refuses

    async with connected(url, key) as client:
        tasks = [asyncio.create_task(go_on(client)) for _ in range(attackers + more)]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return answers


def attack_alone(*arguments: Any) -> Counter[str]:
    """In a process of its own, so that making hostile bodies does not delay the healthy client."""
    return asyncio.run(attack(*arguments))


async def watch_memory(pid: int, phase: Phase) -> None:
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        resident_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        phase.ingest_mb = max(phase.ingest_mb, resident_kb / 1024)
        await asyncio.sleep(0.05)


async def run_phase(
    healthy: httpx.AsyncClient, pid: int, seconds: float, attacking: Future[Counter[str]] | None
) -> Phase:
    phase = Phase()
    watching = asyncio.create_task(watch_memory(pid, phase))
    await be_healthy(healthy, phase, seconds)
    watching.cancel()
    if attacking:
        phase.answers = await asyncio.wrap_future(attacking)
    return phase


async def measure(url: str, key: str, pid: int, seconds: float, attackers: int) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        elsewhere.submit(gzipped_zeros, 1).result()  # takes seconds, in which nothing would be attacked
        async with connected(url, key) as healthy:
            phases = {WARMING_UP: await run_phase(healthy, pid, seconds / 2, None)}
            for name, (_, _, at_least_s) in attacks().items():
                print(name, file=sys.stderr)
                phases[calm_before(name)] = await run_phase(healthy, pid, seconds, None)
                attacked_s = max(seconds, at_least_s)
                attacking = elsewhere.submit(attack_alone, url, key, name, attackers, attacked_s)
                phases[name] = await run_phase(healthy, pid, attacked_s, attacking)
    return {name: phase.summary() for name, phase in phases.items()}


def calm_before(name: str) -> str:
    return f"calm before {name}"


def is_unhurt(phases: dict[str, Any]) -> bool:
    """Whether the bounds of the module's docstring hold."""
    attacked = {name: phases[name] for name in phases if calm_before(name) in phases}
    calm_p99_ms = min(phases[calm_before(name)]["p99_ms"] for name in attacked)
    judged = [phase for name, phase in phases.items() if name != WARMING_UP]
    return (
        all(is_borne(phase["attackers_were_answered"]) for phase in attacked.values())
        and not any(phase["not_202"] for phase in phases.values())
        and all(phase["p99_ms"] <= MOST_TIMES_CALM * calm_p99_ms + MOST_MORE_MS for phase in judged)
    )


def is_borne(answers: dict[str, int]) -> bool:
    """Whether an attack came to something and broke nothing."""
    return bool(answers) and not any(answer.startswith("5") and answer != "503" for answer in answers)


async def main(arguments: argparse.Namespace, directory: Path) -> dict[str, Any]:
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "loglynx", "up", "--port", str(port), "--data-dir", str(directory), "--no-open"]
    up = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        key = next(line.split()[-1] for line in up.stdout or () if line.startswith("admin key:"))
        pid = DataDir(directory).read_state()["services"]["ingest"]["pid"]
        url = f"http://127.0.0.1:{port}"
        return await measure(url, key, pid, arguments.seconds, arguments.attackers)
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a phase")
    parser.add_argument("--attackers", type=int, default=4, help="connections that attack at once")
    with tempfile.TemporaryDirectory() as scratch:
        seen = asyncio.run(main(parser.parse_args(), Path(scratch) / "data"))
    print(json.dumps(seen, indent=2))
    sys.exit(0 if is_unhurt(seen) else 1)
