"""Push a real log into a running stack, kill everything once meanwhile, and account for every line.

    python benchmarks/faults/push_and_kill.py FILE [--lines 100000] [--batch 1000] [--kills/--no-kills]

- Starts ``loglynx up`` on a free port with a data directory of its own, as a user would.
- Pushes the file in batches with an Idempotency-Key each; a batch without an answer is sent again under its key.
- With kills: kill -9 of ingest, detector, analyzer and redis, once each, spread over the pushing.
- Then waits until nothing is pending and checks, from what Redis holds: lines accepted, every event in exactly one
  verdict, no window twice. Fewer lines in the file than asked for: it is read again from the start.

Prints one JSON object. Exit 0 if everything is accounted for, 1 if not.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from loglynx.stack.data_dir import DataDir
from loglynx.stack.stack import free_port
from shared.store.connection import connect
from shared.store.ledger import Ledger

SERVICES = ("ingest", "detector", "analyzer", "redis")
STREAM = "benchmark"
GIVE_UP_S = 900.0


def batches(file: Path, lines: int, size: int) -> Iterator[list[str]]:
    """``lines`` lines of ``file`` (plain or .gz), in lists of ``size``."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rb") as handle:  # type: ignore[operator]
        kept = [line.decode("utf-8", "replace").rstrip("\r\n") for line in itertools.islice(handle, lines)]
    source = itertools.islice(itertools.cycle([line for line in kept if line.strip()]), lines)
    while batch := list(itertools.islice(source, size)):
        yield batch


def push(client: httpx.Client, batch: list[str], number: int) -> tuple[int, int]:
    """Lines accepted and attempts made."""
    deadline = time.monotonic() + GIVE_UP_S
    for attempt in itertools.count(1):
        try:
            answer = client.post(
                "/api/v1/ingest",
                params={"stream": STREAM},
                json=batch,
                headers={"Idempotency-Key": f"batch-{number}"},
            )
            if answer.status_code == 202:
                return int(answer.json()["accepted"]), attempt
            if answer.status_code != 503:
                raise SystemExit(f"batch {number}: {answer.status_code} {answer.text[:300]}")
        except httpx.TransportError:
            pass  # no answer: the batch may or may not be in; its key decides
        if time.monotonic() > deadline:
            raise SystemExit(f"batch {number} was not accepted in {GIVE_UP_S:.0f} s")
        time.sleep(0.3)
    raise AssertionError("unreachable")


def account(ledger: Ledger) -> dict[str, Any]:
    """What Redis says became of the events."""
    seen: Counter[int] = Counter()
    windows: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for verdict in ledger.verdicts(STREAM):
        seen.update(verdict.seqs)
        windows[verdict.window_id] += 1
        states[verdict.state.value] += 1
    totals = ledger.totals()
    return {
        "lines_accepted": totals.get("lines", 0),
        "events_accepted": totals.get("events", 0),
        "events_in_verdicts": len(seen),
        "events_in_two_verdicts": sum(1 for times in seen.values() if times > 1),
        "windows": sum(windows.values()),
        "windows_with_two_verdicts": sum(1 for times in windows.values() if times > 1),
        "verdicts": dict(states),
        "replays_recognised": totals.get("replays", 0),
        "dead_letters": totals.get("dead", 0),
    }


def run(arguments: argparse.Namespace, directory: Path) -> dict[str, Any]:
    port = free_port("127.0.0.1")
    data_dir = DataDir(directory)
    up = subprocess.Popen(
        [sys.executable, "-m", "loglynx", "up", "--port", str(port), "--data-dir", str(directory), "--no-open"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        key = next(line.split()[-1] for line in up.stdout or () if line.startswith("admin key:"))
        headers = {"Authorization": f"Bearer {key}"}
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30, trust_env=False)
        return measure(arguments, data_dir, client)
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)


def measure(arguments: argparse.Namespace, data_dir: DataDir, client: httpx.Client) -> dict[str, Any]:
    total = -(-arguments.lines // arguments.batch)
    victims = SERVICES if arguments.kills else ()
    kill_at = {total * (i + 1) // (len(victims) + 1): name for i, name in enumerate(victims)}
    accepted = attempts = 0
    killed: list[str] = []
    started = time.monotonic()
    for number, batch in enumerate(batches(arguments.file, arguments.lines, arguments.batch)):
        if name := kill_at.get(number):
            os.kill(data_dir.read_state()["services"][name]["pid"], signal.SIGKILL)
            killed.append(name)
        taken, tries = push(client, batch, number)
        accepted, attempts = accepted + taken, attempts + tries
        if number % 10 == 9:
            print(f"{accepted} lines accepted", file=sys.stderr)
    pushed_s = time.monotonic() - started
    ledger = Ledger(connect(data_dir.redis_url, timeout_s=30))
    while ledger.pending_events() > 0:
        if time.monotonic() - started > GIVE_UP_S:
            break
        time.sleep(0.5)
    drained_s = time.monotonic() - started
    result = {
        "lines_sent": arguments.lines,
        "lines_answered_202": accepted,
        "requests": attempts,
        "killed": killed,
        "pushed_s": round(pushed_s, 1),
        "drained_s": round(drained_s, 1),
        **account(ledger),
    }
    result["is_complete"] = (
        result["lines_accepted"] == accepted == arguments.lines
        and result["events_in_verdicts"] == result["events_accepted"]
        and result["events_in_two_verdicts"] == result["windows_with_two_verdicts"] == 0
    )
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--kills", action=argparse.BooleanOptionalAction, default=True)
    with tempfile.TemporaryDirectory(prefix="loglynx-") as directory:
        result = run(parser.parse_args(), Path(directory))
    print(json.dumps(result, indent=2))
    return 0 if result["is_complete"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
